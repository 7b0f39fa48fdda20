/**
 * How good samples of the `letters` data set are.
 *
 * @module
 */

/** What {@linkcode measureLetters} finds. */
export interface LettersQuality {
  /** Part of the samples, from 0 to 1, that are valid: all their letters are equal. */
  validity: number;
  /** How many of the 26 letters are seen among the valid samples. */
  letters: number;
}

/**
 * Counts the valid samples and their letters: a model must write texts of equal letters, and must
 * not forget any letter to do so.
 *
 * @param texts The decoded samples, at least one.
 * @param length Tokens in a sample; a text with fewer letters has other tokens among them.
 */
export function measureLetters(texts: readonly string[], length: number): LettersQuality {
  const valid = texts.filter((text) => text.length === length && text === text[0]!.repeat(length));
  return {
    validity: valid.length / texts.length,
    letters: new Set(valid.map((text) => text[0])).size,
  };
}
