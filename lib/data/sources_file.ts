/**
 * Corpora in files, read as a stream of any size. In a `.txt` file, documents
 * are separated by blank lines; in a `.jsonl` file, every line is an object
 * with the document under `text`. Both are UTF-8.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { createHash } from "node:crypto";
import { DataError } from "../errors.ts";
import { type Corpus, skipDocuments, type TextPiece } from "./corpus.ts";

/** A blank line, or several, between two documents of a text file. */
const BLANK_LINES = /\r?\n\s*\n\s*/;

/**
 * The corpus in a `.txt` or `.jsonl` file. Needs read permission for the path.
 *
 * @throws {DataError} if the file's name ends otherwise.
 */
export function openFileCorpus(path: string): Corpus {
  const read = path.endsWith(".txt") ? readText : path.endsWith(".jsonl") ? readJsonLines : null;
  if (read === null) {
    throw new DataError(
      `Cannot tell what kind of corpus ${path} is: data.source.path must end in .txt (documents ` +
        `separated by blank lines) or .jsonl (one object a line, the document under "text").`,
    );
  }
  return {
    name: path,
    location: { kind: "file", path },
    identity: () => hashFile(path),
    parts: () =>
      Promise.resolve({
        train: [{
          name: path,
          documents: null,
          pieces: (skip) => skipDocuments(read(path), skip),
        }],
        validation: null,
      }),
  };
}

async function* readText(path: string): AsyncGenerator<TextPiece> {
  let inDocument = false;
  let whitespace = "";
  for await (const chunk of decoded(path)) {
    // White space at the end is held back, so that a blank line is never cut.
    const text = whitespace + chunk;
    const body = text.trimEnd();
    whitespace = text.slice(body.length);
    const parts = body.split(BLANK_LINES);
    for (const [i, part] of parts.entries()) {
      inDocument ||= part.trim() !== "";
      if (!inDocument) continue;
      const endOfDocument = i < parts.length - 1;
      yield { text: part, endOfDocument };
      inDocument = !endOfDocument;
    }
  }
  if (inDocument) yield { text: "", endOfDocument: true };
}

async function* readJsonLines(path: string): AsyncGenerator<TextPiece> {
  let number = 0;
  for await (const line of ReadableStream.from(decoded(path)).pipeThrough(new TextLineStream())) {
    number++;
    if (line.trim() === "") continue;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch (cause) {
      throw new DataError(
        `Line ${number} of ${path} is not JSON (${(cause as Error).message}). Every line must be ` +
          `an object such as {"text": "..."}.`,
        { cause },
      );
    }
    const text = typeof record === "object" && record !== null && "text" in record
      ? record.text
      : undefined;
    if (typeof text !== "string") {
      throw new DataError(
        `Line ${number} of ${path} has no "text" string: found ${describe(record)}.`,
      );
    }
    if (text.trim() !== "") yield { text, endOfDocument: true };
  }
}

function describe(record: unknown): string {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return Array.isArray(record) ? "a list" : `${record}`;
  }
  const keys = Object.keys(record);
  return keys.length === 0 ? "an empty object" : `the keys ${keys.join(", ")}`;
}

/** The file's text in chunks. */
async function* decoded(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const bytes of chunks(path)) yield decoder.decode(bytes, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new DataError(`${path} is not UTF-8 text. Convert it first, for example with iconv.`, {
      cause,
    });
  }
}

/** SHA-256 of the file's bytes, so that an edited corpus is noticed whatever its date. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of chunks(path)) hash.update(bytes);
  return `sha256:${hash.digest("hex")}`;
}

/** The file's bytes; every failure to read becomes a DataError. */
async function* chunks(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    const file = await Deno.open(path);
    yield* file.readable;
  } catch (cause) {
    throw new DataError(`Cannot read the corpus ${path}: ${reasonOf(cause, path)}`, { cause });
  }
}

function reasonOf(cause: unknown, path: string): string {
  if (cause instanceof Deno.errors.NotFound) {
    return "there is no such file. Set data.source.path.";
  }
  if (cause instanceof Deno.errors.NotCapable) {
    return `Deno was not allowed to. Run with --allow-read=${path}.`;
  }
  return `${cause instanceof Error ? cause.message : cause}.`;
}
