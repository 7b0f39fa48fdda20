/**
 * Figures of generative perplexity for tests.
 *
 * @module
 */

/** Figures of 64 texts. */
export const FIGURES = {
  ...{ perplexity: 98.765, bitsPerCharacter: 1.5, nll: 10, numScored: 3, entropy: 4.21 },
  ...{ uniqueTokens: 70.25, numTexts: 64, numEmpty: 0, numUnscored: 0, numChunked: 0 },
  ...{ numTruncated: 0, numAltered: 0 },
};
