/**
 * Token ids in place of text, for models whose tokenizer is not here.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { sha256Hex } from "../system/sha256.ts";
import { BaseTokenizer } from "./base_tokenizer.ts";
import type { PieceEncoder, TokenSink } from "./tokenizer.ts";
import { readTokenizerFile, type VocabularyFile } from "./tokenizer_file.ts";
import { vocabularyText } from "./vocabulary.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

/** Digits that the number of a token has at most. */
const MOST_DIGITS = 9;
const NUMBER = new RegExp(`^\\d{1,${MOST_DIGITS}}$`);

/**
 * The {@linkcode Tokenizer} named `ids`: a text is the numbers of its tokens with blanks between
 * them, `12 7 30`. Blocks of such texts are `unwrapped`, since no id is known to begin or end them.
 */
export class IdsTokenizer extends BaseTokenizer {
  /** The name that configurations use. */
  readonly name = "ids";
  /** A token is a word, the number. */
  readonly unit = "word";
  /** The number of ids. */
  readonly vocabSize: number;
  /** No id begins blocks. */
  readonly bosId = -1;
  /** No id ends texts or blocks. */
  readonly eosId = -1;
  /** There is no padding. */
  readonly padId = null;
  /** What has no token is left out. */
  readonly unknownId = null;
  /** The numbers, a line each. */
  readonly vocabulary: string;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  readonly fingerprint: string;

  private constructor(vocabSize: number, fingerprint: string) {
    super();
    this.vocabSize = vocabSize;
    this.vocabulary = vocabularyText(Array.from({ length: vocabSize }, (_, id) => String(id)));
    this.fingerprint = fingerprint;
  }

  /** The tokenizer of so many ids (asynchronous because the fingerprint is). */
  static async ofSize(vocabSize: number): Promise<IdsTokenizer> {
    const described = JSON.stringify(["ids", RULES_VERSION, vocabSize]);
    return new IdsTokenizer(vocabSize, await sha256Hex(described));
  }

  /**
   * Makes the tokenizer.
   *
   * @param file A {@linkcode vocabulary}, as a path or address.
   * @throws {ConfigError} if there is none: the number of ids is not known without.
   * @throws {DataError} if it holds something else.
   */
  static async create(file: VocabularyFile | null): Promise<IdsTokenizer> {
    const expected = "a vocab.txt with the numbers from 0 on, a line each";
    if (file === null) {
      throw new ConfigError(`The tokenizer ids needs data.tokenizerFile: ${expected}.`);
    }
    const { tokens, fail } = await readTokenizerFile(file, { model: "WordPiece", expected });
    const wrong = tokens.findIndex((token, id) => token !== String(id));
    if (wrong !== -1) throw fail(`its token ${wrong} is not the number ${wrong}`);
    return await IdsTokenizer.ofSize(tokens.length);
  }

  /** The numbers of a text that are ids, with a blank between them. */
  normalise(text: string): string {
    return this.decode(this.encode(text));
  }

  /** Adds the ids of a whole text to `ids`. */
  encodeInto(text: string, ids: TokenSink): void {
    for (const word of text.split(/\s+/)) {
      if (NUMBER.test(word) && Number(word) < this.vocabSize) ids.push(Number(word));
    }
  }

  /**
   * An encoder for texts that arrive in pieces; it holds back the beginning of a number, if any.
   */
  encoder(): PieceEncoder {
    let open = "";
    return {
      push: (piece) => {
        const text = open + piece;
        const start = text.search(/\s\S*$/) + 1;
        // What is longer is no number, whatever follows.
        open = text.slice(start, start + MOST_DIGITS + 1);
        return this.encode(text.slice(0, start));
      },
      finish: () => {
        const last = open;
        open = "";
        return this.encode(last);
      },
    };
  }

  /** The ids with blanks between them. */
  protected textOf(ids: readonly number[]): string {
    return ids.join(" ");
  }
}
