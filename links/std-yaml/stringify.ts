/**
 * Writing YAML.
 *
 * @module
 */

// @ts-types="./js_yaml.d.ts"
import yaml from "js-yaml";
import { schemaOf, type SchemaType } from "./schema.ts";

/** Options of {@linkcode stringify}. */
export type StringifyOptions = {
  /** Spaces a level; 2 by default. */
  indent?: number;
  /** Whether the items of a list are indented; true by default. */
  arrayIndent?: boolean;
  /** Whether values that YAML cannot hold are left out instead of being an error. */
  skipInvalid?: boolean;
  /** The depth from which collections are written in flow style; −1: never. */
  flowLevel?: number;
  /** The schema's name; `default` by default. */
  schema?: SchemaType;
  /** Whether (or by which order) keys are sorted. */
  sortKeys?: boolean | ((a: string, b: string) => number);
  /** The column at which text is folded; 80 by default, −1: never. */
  lineWidth?: number;
  /** Whether a repeated object becomes a reference; true by default. */
  useAnchors?: boolean;
  /** Whether `yes`, `no` and so on are quoted for YAML 1.1; true by default. */
  compatMode?: boolean;
  /** Whether flow style leaves out spaces. */
  condenseFlow?: boolean;
};

/**
 * Writes a value as one YAML document.
 *
 * @throws {TypeError} If the value holds something that YAML cannot, such as a
 * function.
 */
export function stringify(data: unknown, options: StringifyOptions = {}): string {
  const { arrayIndent = true, useAnchors = true, compatMode = true, schema, ...same } = options;
  try {
    return yaml.dump(data, {
      ...same,
      schema: schemaOf(schema),
      noArrayIndent: !arrayIndent,
      noRefs: !useAnchors,
      noCompatMode: !compatMode,
    });
  } catch (error) {
    throw error instanceof yaml.YAMLException ? new TypeError(error.message) : error;
  }
}
