/**
 * The tokenizer of BERT: WordPiece.
 *
 * @module
 */

import { BaseTokenizer } from "./base_tokenizer.ts";
import { BertPieceEncoder } from "./bert_piece_encoder.ts";
import { bertJson, type BertRules, isUncased } from "./bert_rules.ts";
import { type BertVocabulary, bertVocabulary } from "./bert_vocabulary.ts";
import { forEachWord } from "./bert_words.ts";
import { sha256Hex } from "../system/sha256.ts";
import type { PieceEncoder, TokenSink } from "./tokenizer.ts";
import { isListable } from "./tokenizer_file.ts";
import { Utf8Buffer } from "./utf8_buffer.ts";
import { vocabularyText } from "./vocabulary.ts";
import { WordPiece } from "./word_piece.ts";
import type { VocabularyFile } from "./tokenizer_file.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

/** Blanks that are dropped from decoded text, in this order. */
const CLEANED = [" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"];

/**
 * The {@linkcode Tokenizer} named `bert-base-uncased`: 30,522 ids, of which `[CLS]` (101) is BOS,
 * `[SEP]` (102) EOS and `[PAD]` (0) padding; or the WordPiece of a file, capitals and accents kept
 * if its rules say so.
 *
 * Ids are those of Hugging Face's fast tokenizer, except that text never gives specials: a text
 * with the characters `[SEP]` in it gets the ids of these. A word that has no tokens becomes
 * `[UNK]`. Specials are put around blocks as the packing says, whatever the file says of framing.
 * It runs from the vocabulary alone: no package that was tried does more than 3 MB/s.
 */
export class BertTokenizer extends BaseTokenizer {
  /** The name that configurations use. */
  readonly name = "bert-base-uncased";
  /** A token is a word or a part of one. */
  readonly unit = "word";
  /** The number of ids. */
  readonly vocabSize: number;
  /** `[CLS]`, which begins every block. */
  readonly bosId: number;
  /** `[SEP]`, which ends every text and every block. */
  readonly eosId: number;
  /** `[PAD]`; packed blocks never hold it. */
  readonly padId: number;
  /** `[UNK]`, which stands for words that have no tokens. */
  readonly unknownId: number;
  /** The text of its vocab.txt, or of a tokenizer.json where that would not say all. */
  readonly vocabulary: string;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  readonly fingerprint: string;
  readonly #tokens: readonly string[];
  readonly #rules: BertRules;
  readonly #words: WordPiece;
  readonly #utf8 = new Utf8Buffer();

  private constructor({ tokens, rules }: BertVocabulary, fingerprint: string) {
    super();
    this.vocabSize = tokens.length;
    this.bosId = tokens.indexOf("[CLS]");
    this.eosId = tokens.indexOf("[SEP]");
    this.padId = tokens.indexOf("[PAD]");
    this.unknownId = tokens.indexOf(rules.pieces.unknown);
    this.vocabulary = isUncased(rules) && isListable(tokens)
      ? vocabularyText(tokens)
      : bertJson(tokens, rules);
    this.fingerprint = fingerprint;
    this.#tokens = tokens;
    this.#rules = rules;
    this.#words = new WordPiece(tokens, rules.pieces, rules.words.lowercase);
  }

  /**
   * Makes the tokenizer.
   *
   * @param file A `vocab.txt` or `tokenizer.json`, as a path or address; null for the vocabulary
   * of bert-base-uncased.
   * @throws {DataError} if the vocabulary cannot be had.
   */
  static async create(file: VocabularyFile | null = null): Promise<BertTokenizer> {
    const vocabulary = await bertVocabulary(file);
    const { tokens, rules } = vocabulary;
    const described: unknown[] = ["bert-base-uncased", RULES_VERSION, tokens];
    if (!isUncased(rules)) described.push(rules);
    return new BertTokenizer(vocabulary, await sha256Hex(JSON.stringify(described)));
  }

  /**
   * What {@linkcode decode} gives for the ids of a text: lowered and without accents unless the
   * rules are others, one blank between words and most punctuation marks, and `[UNK]` for what has
   * no tokens.
   */
  normalise(text: string): string {
    return this.decode(this.encode(text));
  }

  /** Adds the ids of a whole text to `ids`. */
  encodeInto(text: string, ids: TokenSink): void {
    forEachWord(
      this.#utf8.encode(text),
      this.#rules.words,
      (bytes, start, end) => this.#words.encodeInto(bytes, start, end, ids),
    );
  }

  /** An encoder for texts that arrive in pieces; it holds back the beginning of a word. */
  encoder(): PieceEncoder {
    const { words: rules, pieces: { maxWordLength } } = this.#rules;
    return new BertPieceEncoder({
      encode: (text) => this.encode(text),
      rules,
      maxWordLength,
      unknownId: this.unknownId,
    });
  }

  /**
   * As Hugging Face's `decode` with `clean_up_tokenization_spaces`: tokens are joined by blanks, a
   * `##` joins a token to the one before, and no blank is before `. ? ! ,` and `n't 'm 's 've 're`
   * nor around a lone apostrophe.
   */
  protected textOf(ids: readonly number[]): string {
    const { continuation } = this.#rules.pieces;
    let text = this.#tokens[ids[0]!]!;
    for (const id of ids.slice(1)) {
      const token = this.#tokens[id]!;
      text += token.startsWith(continuation) ? token.slice(continuation.length) : ` ${token}`;
    }
    for (const blanks of CLEANED) text = text.replaceAll(blanks, blanks.trim());
    return text;
  }
}
