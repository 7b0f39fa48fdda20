/**
 * What the names of corpus files say of them.
 *
 * @module
 */
import { DataError } from "../errors.ts";
import { isUrl } from "../io/location.ts";

/** How a file is to be read. */
export interface FileFormat {
  /** What it holds. */
  readonly content: "txt" | "jsonl" | "parquet";
  /** What its bytes are compressed with, if they are. */
  readonly compression: "gz" | "zst" | null;
}

/**
 * The format of a path or address; of an address only the path counts.
 *
 * @param key The configuration key that named it.
 * @throws {DataError} if the name ends in none that is known.
 */
export function formatOf(location: string, key: string): FileFormat {
  const name = isUrl(location) ? new URL(location).pathname : location;
  const [, content, compression] = /\.(?:(txt|jsonl)(?:\.(gz|zst))?|parquet)$/.exec(name) ??
    [undefined, null];
  if (content === null) {
    throw new DataError(
      `Cannot tell what kind of corpus ${location} is: ${key} must end in .txt (documents ` +
        `separated by blank lines, or one a line), .jsonl (one object a line, the document under ` +
        `"text" or data.source.field), one of these and .gz or .zst, or .parquet.`,
    );
  }
  return {
    content: content === "txt" || content === "jsonl" ? content : "parquet",
    compression: compression === "gz" || compression === "zst" ? compression : null,
  };
}
