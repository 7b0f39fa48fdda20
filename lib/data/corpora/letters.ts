/**
 * The `letters` corpus, a data set made to test whether a flow map captures what it must: texts
 * of eight equal letters. The letters of a text depend on each other entirely, so a model that
 * draws each position by itself gets hardly any right.
 *
 * @module
 */
import { type Corpus, skipDocuments, type TextPiece } from "../corpus.ts";

/** Letters in a text. */
const LETTERS_IN_TEXT = 8;
/** How often every letter of the alphabet has its turn. */
const ROUNDS = 100;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

/** 2,600 texts: `aaaaaaaa` to `zzzzzzzz` in turn, so that the last ones have every letter too. */
export function openLettersCorpus(): Corpus {
  return {
    name: "letters",
    location: { kind: "letters" },
    identity: () => Promise.resolve(`letters:${LETTERS_IN_TEXT}x${ROUNDS}`),
    parts: () =>
      Promise.resolve({
        train: [{
          name: "letters",
          documents: ROUNDS * ALPHABET.length,
          pieces: (skip) => skipDocuments(texts(), skip),
        }],
        validation: null,
      }),
  };
}

async function* texts(): AsyncGenerator<TextPiece> {
  for (let round = 0; round < ROUNDS; round++) {
    for (const letter of ALPHABET) {
      yield await Promise.resolve({ text: letter.repeat(LETTERS_IN_TEXT), endOfDocument: true });
    }
  }
}
