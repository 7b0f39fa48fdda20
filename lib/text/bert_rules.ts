/**
 * The rules by which BERT's tokenizer splits a text and makes tokens of words: those of
 * bert-base-uncased, or those of a tokenizer.json.
 *
 * @module
 */

import { anyText, boolean, integer, nullable, text } from "../schema/field.ts";
import type { Section } from "../schema/tree.ts";
import { UNCASED_WORDS, type WordRules, wordsOf } from "./bert_words.ts";
import type { TokenizerFile } from "./tokenizer_file.ts";
import type { TokenizerDocument } from "./tokenizer_json.ts";
import type { WordPieceRules } from "./word_piece.ts";

/** What decides the ids of a text, besides the vocabulary. */
export interface BertRules {
  /** How a text is split into words. */
  readonly words: WordRules;
  /** How a word becomes tokens. */
  readonly pieces: WordPieceRules;
}

/** Those of bert-base-uncased. */
export const UNCASED: BertRules = {
  words: UNCASED_WORDS,
  pieces: { unknown: "[UNK]", continuation: "##", maxWordLength: 100 },
};

/** Whether rules are those of bert-base-uncased. */
export function isUncased({ words, pieces }: BertRules): boolean {
  return isSame(words, UNCASED.words) && isSame(pieces, UNCASED.pieces);
}

/** Whether all members of two mappings are equal. */
function isSame<T extends object>(a: T, b: T): boolean {
  return (Object.keys(b) as (keyof T)[]).every((key) => a[key] === b[key]);
}

/** The specials with which blocks begin and end. */
const FRAMING = ["[CLS]", "[SEP]"];

/**
 * The rules of a file; those of bert-base-uncased if it holds a vocabulary alone.
 *
 * @throws {DataError} naming a setting that would give text other ids than it has here.
 */
export function readBertRules({ tokens, document }: TokenizerFile): BertRules {
  if (document === null) return UNCASED;
  document.refuseFraming(FRAMING);
  const preTokenizer = document.component("pre_tokenizer");
  if (preTokenizer?.type !== "BertPreTokenizer") {
    const { path = "pre_tokenizer", type } = preTokenizer ?? {};
    throw type === undefined
      ? document.refusal(path, 'the type "BertPreTokenizer"', null)
      : document.refusal(`${path}.type`, '"BertPreTokenizer"', type);
  }
  const words = readWordRules(document);
  const model = document.read("model", document.json.model, MODEL);
  for (const [i, { id, content, special }] of document.json.added_tokens.entries()) {
    const path = `added_tokens[${i}]`;
    if (!special) throw document.refusal(path, "a special token", content);
    if (tokens[id] !== content) throw document.refusal(path, "a token of model.vocab", content);
    if (wordsOf(content, words).length === 1) {
      throw document.refusal(path, "a token that is no word, such as [SEP]", content);
    }
  }
  return {
    words,
    pieces: {
      unknown: model.unk_token,
      continuation: model.continuing_subword_prefix,
      maxWordLength: model.max_input_chars_per_word,
    },
  };
}

interface Normalizer {
  readonly clean_text: boolean;
  readonly handle_chinese_chars: boolean;
  readonly strip_accents: boolean | null;
  readonly lowercase: boolean;
}

const NORMALIZER: Section<Normalizer> = {
  doc: "A BertNormalizer.",
  keys: {
    clean_text: boolean({ doc: "Whether controls are removed." }),
    handle_chinese_chars: boolean({ doc: "Whether each ideograph is a word." }),
    strip_accents: nullable(boolean(), {
      doc: "Whether accents are removed; null for whether letters are lowered.",
      fallback: null,
    }),
    lowercase: boolean({ doc: "Whether letters are lowered." }),
  },
};

function readWordRules(document: TokenizerDocument): WordRules {
  const normalizer = document.component("normalizer");
  if (normalizer === null) {
    return { cleanText: false, splitIdeographs: false, stripAccents: false, lowercase: false };
  }
  const { path, type, value } = normalizer;
  if (type !== "BertNormalizer") {
    throw document.refusal(`${path}.type`, '"BertNormalizer"', type);
  }
  const read = document.read(path, value, NORMALIZER);
  return {
    cleanText: read.clean_text,
    splitIdeographs: read.handle_chinese_chars,
    stripAccents: read.strip_accents ?? read.lowercase,
    lowercase: read.lowercase,
  };
}

interface Model {
  readonly unk_token: string;
  readonly continuing_subword_prefix: string;
  readonly max_input_chars_per_word: number;
}

const MODEL: Section<Model> = {
  doc: "A WordPiece model.",
  keys: {
    unk_token: text({ doc: "The token of unknown words.", fallback: UNCASED.pieces.unknown }),
    continuing_subword_prefix: anyText({
      doc: "What a token begins with that continues a word.",
      fallback: UNCASED.pieces.continuation,
    }),
    max_input_chars_per_word: integer({
      doc: "Longer words are unknown.",
      min: 0,
      fallback: UNCASED.pieces.maxWordLength,
    }),
  },
};

/** A tokenizer.json from which {@linkcode readBertRules} reads these rules. */
export function bertJson(tokens: readonly string[], { words, pieces }: BertRules): string {
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: {
      type: "BertNormalizer",
      clean_text: words.cleanText,
      handle_chinese_chars: words.splitIdeographs,
      strip_accents: words.stripAccents,
      lowercase: words.lowercase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: pieces.continuation, cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: pieces.unknown,
      continuing_subword_prefix: pieces.continuation,
      max_input_chars_per_word: pieces.maxWordLength,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  });
}
