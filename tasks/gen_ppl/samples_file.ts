/**
 * Texts to score, from files of whatever program.
 *
 * @module
 */

import { readSampleBlocks } from "../../lib/cli/sample_blocks.ts";
import { DataError } from "../../lib/errors.ts";
import { readText } from "../../lib/io/read_text.ts";
import { describeValue } from "../../lib/schema/field.ts";

/** More than anybody would score. */
const MAX_BYTES = 2 ** 28;

/** What a file of texts holds. */
export interface GivenSamples {
  /** The texts. */
  readonly texts: readonly string[];
  /** What the file itself says of them, as the reference's files do. */
  readonly recorded: { readonly perplexity: number | null; readonly entropy: number | null } | null;
}

/**
 * Reads a file of texts: JSON, a list of texts or an object with such a list under
 * `generated_seqs` (the reference's samples.json); .jsonl and .ndjson, an object with `text`, or a
 * text, a line; .txt, a text a line, or texts as `sample` prints them.
 *
 * @throws {DataError} if it is missing, of another form or without a text; with the line or item.
 */
export async function readSamplesFile(path: string): Promise<GivenSamples> {
  const content = await readText(path, DataError, { maxBytes: MAX_BYTES });
  const found = read(path, content);
  if (found.texts.length === 0) throw new DataError(`There are no texts in ${path}.`);
  return found;
}

function read(path: string, content: string): GivenSamples {
  // What ends the last line is no text of its own.
  const lines = () => content === "" ? [] : content.replace(/\r?\n$/, "").split(/\r?\n/);
  const [, format] = /\.(txt|jsonl|ndjson|json)$/i.exec(path) ?? [];
  const kind = format?.toLowerCase();
  if (kind === "txt") return { texts: readSampleBlocks(content, path) ?? lines(), recorded: null };
  if (kind === "jsonl" || kind === "ndjson") {
    const texts = lines().map((line, i) => {
      const where = `${path}, line ${i + 1}`;
      const value = parse(line, where);
      return requireText(isObject(value) && "text" in value ? value.text : value, where);
    });
    return { texts, recorded: null };
  }
  if (kind === "json") {
    const value = parse(content, path);
    if (Array.isArray(value)) {
      return { texts: requireTexts(value, `${path}, text `), recorded: null };
    }
    if (isObject(value) && Array.isArray(value.generated_seqs)) {
      const number = (key: string) => Number.isFinite(value[key]) ? value[key] as number : null;
      return {
        texts: requireTexts(value.generated_seqs, `${path}, generated_seqs `),
        recorded: { perplexity: number("generative_ppl"), entropy: number("entropy") },
      };
    }
    throw new DataError(
      `${path}: expected a list of texts, or an object with such a list under "generated_seqs", ` +
        `found ${describeValue(value)}.`,
    );
  }
  throw new DataError(
    `Cannot tell what is in ${path} by its name: expected .json, .jsonl or .ndjson (a ` +
      `text a line, under "text"), or .txt (a text a line).`,
  );
}

function requireTexts(values: readonly unknown[], where: string): string[] {
  return values.map((value, i) => requireText(value, `${where}${i}`));
}

function requireText(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw new DataError(`${where}: expected a text, found ${describeValue(value)}.`);
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const hint = /^Unexpected token '[NI-]'/.test(message)
      ? " NaN and Infinity, which Python writes, are none: write null for them."
      : "";
    throw new DataError(`${where} is not JSON: ${message}.${hint}`, { cause });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
