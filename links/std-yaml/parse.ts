/**
 * Reading YAML.
 *
 * @module
 */

// @ts-types="./js_yaml.d.ts"
import yaml from "js-yaml";
import { schemaOf, type SchemaType } from "./schema.ts";

export type { SchemaType };

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** The schema's name; `default` by default. */
  schema?: SchemaType;
  /** Whether a repeated key replaces the earlier one instead of being an error. */
  allowDuplicateKeys?: boolean;
  /** Called with each warning. */
  onWarning?(error: Error): void;
}

/**
 * Parses one YAML document; an empty text is null.
 *
 * @throws {SyntaxError} With the line and the column, when the text is not YAML
 * or holds more than one document.
 */
export function parse(content: string, options: ParseOptions = {}): unknown {
  let documents: unknown[];
  try {
    documents = yaml.loadAll(content, null, {
      schema: schemaOf(options.schema),
      json: options.allowDuplicateKeys ?? false,
      onWarning: options.onWarning,
    });
  } catch (error) {
    throw error instanceof yaml.YAMLException ? syntaxError(error) : error;
  }
  if (documents.length > 1) {
    throw new SyntaxError(
      "Found more than 1 document in the stream: expected a single document",
    );
  }
  return documents[0] ?? null;
}

type Exception = InstanceType<typeof yaml.YAMLException>;

/** The library's error in the real package's form: `REASON at line 1, column 2:` and the line. */
function syntaxError({ reason, mark }: Exception): SyntaxError {
  if (!mark) return new SyntaxError(reason);
  const { buffer, line, column, position } = mark;
  const text = buffer.slice(position - column).split(/[\0\r\n]/, 1)[0]!;
  return new SyntaxError(
    `${reason} at line ${line + 1}, column ${column + 1}:\n    ${text}\n    ${" ".repeat(column)}^`,
  );
}
