/**
 * What every tokenizer offers, and the factory that makes one by name.
 *
 * @module
 */
import { ConfigError } from "../errors.ts";
import { LettersTokenizer } from "./letters.ts";
import { Text8Tokenizer } from "./text8.ts";

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

/** Maps text to token ids in [0, vocabSize) and back. */
export interface Tokenizer {
  /** The name that configurations use, for example `text8`. */
  readonly name: string;
  /** The number of token ids, specials included. */
  readonly vocabSize: number;
  /** The id that begins every block. */
  readonly bosId: number;
  /** The id that ends every text and every block. */
  readonly eosId: number;
  /** The padding id, or null if the tokenizer has none. */
  readonly padId: number | null;
  /** SHA-256 (hex) of name, vocabulary and rules: equal fingerprints give equal ids. */
  readonly fingerprint: string;
  /** The text as the tokenizer sees it: `decode(encode(text))` gives this. */
  normalise(text: string): string;
  /** The ids of a whole text, normalised first, without specials. */
  encode(text: string): number[];
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

const FACTORIES: Readonly<Record<string, () => Promise<Tokenizer>>> = {
  text8: () => Text8Tokenizer.create(),
  letters: () => LettersTokenizer.create(),
};

/** The names that {@linkcode createTokenizer} knows. */
export const TOKENIZER_NAMES: readonly string[] = Object.keys(FACTORIES);

/**
 * Makes the tokenizer of that name.
 *
 * @example
 * ```ts
 * import { createTokenizer } from "./tokenizer.ts";
 *
 * const tokenizer = await createTokenizer("text8");
 * const ids = tokenizer.encode("Chapter 1");
 * console.assert(tokenizer.decode(ids) === "chapter one");
 * ```
 *
 * @throws {ConfigError} if there is no such tokenizer.
 */
export function createTokenizer(name: string): Promise<Tokenizer> {
  const factory = Object.hasOwn(FACTORIES, name) ? FACTORIES[name] : undefined;
  if (factory === undefined) {
    return Promise.reject(
      new ConfigError(
        `Unknown tokenizer "${name}": data.tokenizer must be one of ${TOKENIZER_NAMES.join(", ")}.`,
      ),
    );
  }
  return factory();
}
