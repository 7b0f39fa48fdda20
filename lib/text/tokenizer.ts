/**
 * What every tokenizer offers.
 *
 * @module
 */

/**
 * Turns a text that arrives in pieces into token ids. The ids of all pieces
 * together are those of the whole text, wherever it was cut.
 */
export interface PieceEncoder {
  /** Takes the next piece and returns the ids that are certain by now. */
  push(piece: string): number[];
  /** Ends the text: returns the ids held back and makes the encoder ready for the next text. */
  finish(): number[];
}

/** What token ids are added to: an array, or a buffer that is used again. */
export interface TokenSink {
  /** Adds an id. */
  push(id: number): void;
}

/**
 * Maps text to token ids in [0, vocabSize) and back.
 *
 * @example What a tokenizer keeps of a text
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createTokenizer, type Tokenizer } from "@flm/flm";
 *
 * const roundTrip = (tokenizer: Tokenizer, text: string) =>
 *   tokenizer.decode(tokenizer.encode(text));
 * assertEquals(roundTrip(await createTokenizer("text8"), "Chapter 1"), "chapter one");
 * ```
 */
export interface Tokenizer {
  /** The name that configurations use, for example `text8`. */
  readonly name: string;
  /**
   * What a token of text is: a character, a run of bytes, or (part of) a word, with no tokens for
   * the blanks between words.
   */
  readonly unit: "character" | "bytes" | "word";
  /** The number of token ids, specials included. */
  readonly vocabSize: number;
  /** The id that begins every block. */
  readonly bosId: number;
  /** The id that ends every text and every block. */
  readonly eosId: number;
  /** The padding id, or null if the tokenizer has none. */
  readonly padId: number | null;
  /** The id of words that have no tokens, or null if every text has some or loses what has none. */
  readonly unknownId: number | null;
  /** SHA-256 (hex) of name, vocabulary and rules: equal fingerprints give equal ids. */
  readonly fingerprint: string;
  /**
   * The vocabulary as text, a token a line, by which the tokenizer can be made again without a
   * package registry; null if its name is enough. Checkpoints keep it.
   */
  readonly vocabulary: string | null;
  /** The text as the tokenizer sees it: `decode(encode(text))` gives this. */
  normalise(text: string): string;
  /** The ids of a whole text, normalised first, without specials. */
  encode(text: string): number[];
  /** Adds the ids that {@linkcode encode} gives to `ids`, which spares an array for each text. */
  encodeInto(text: string, ids: TokenSink): void;
  /** An encoder for texts that arrive in pieces. */
  encoder(): PieceEncoder;
  /**
   * The text of the ids. Padding and BOS are left out; an EOS between two
   * texts becomes a newline.
   *
   * @throws {DataError} if an id lies outside the vocabulary.
   */
  decode(ids: ArrayLike<number>): string;
  /**
   * Decodes every sequence of a batch.
   *
   * @throws {DataError} if an id lies outside the vocabulary.
   */
  decodeBatch(batch: Iterable<ArrayLike<number>>): string[];
}
