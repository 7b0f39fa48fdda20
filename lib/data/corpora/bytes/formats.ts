/**
 * What the names of corpus files say of them.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import { addressOf } from "../../../system/location.ts";

/** How a file is to be read. */
export interface FileFormat {
  /** What it holds. */
  readonly content: "txt" | "jsonl" | "json" | "parquet";
  /** What its bytes are compressed with, if they are. */
  readonly compression: "gz" | "zst" | null;
}

/** Endings of names, in small letters. */
const CONTENTS: ReadonlyMap<string | undefined, FileFormat["content"]> = new Map([
  ["txt", "txt"],
  ["text", "txt"],
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["json", "json"],
  ["parquet", "parquet"],
]);
const COMPRESSIONS: ReadonlyMap<string | undefined, FileFormat["compression"]> = new Map([
  ["gz", "gz"],
  ["gzip", "gz"],
  ["zst", "zst"],
  ["zstd", "zst"],
]);

/**
 * The format of a path or address, in capitals or small letters; of an address only the path
 * counts.
 *
 * @param key The configuration key that named it.
 * @throws {DataError} if the name ends in none that is known.
 */
export function formatOf(location: string, key: string): FileFormat {
  const name = (addressOf(location)?.pathname ?? location).replace(/.*[\\/]/, "");
  const [, ...endings] = name.toLowerCase().split(".");
  const compression = COMPRESSIONS.get(endings.at(-1)) ?? null;
  if (compression !== null) endings.pop();
  const content = CONTENTS.get(endings.at(-1));
  if (content !== undefined && (content !== "parquet" || compression === null)) {
    return { content, compression };
  }
  throw new DataError(
    `Cannot tell what kind of corpus ${location} is: ${key} must end in .txt (documents ` +
      `separated by blank lines, or one a line), .jsonl, .ndjson or .json (one object a line, or a ` +
      `list of objects, the document under "text" or data.source.field), one of these and .gz or ` +
      `.zst, or .parquet. The files of a folder are named by a pattern, such as FOLDER/*.jsonl.`,
  );
}
