/**
 * Bounds of numbers that are given in more places than the configuration.
 *
 * @module
 */

/** Steps of a sampler at most: all of them are planned before the first. */
export const MAX_STEPS: number = 2 ** 20;

/** Token ids of a tokenizer that is learned: all fit in 16 bits. */
export const LEARNED_TOKENS = { min: 256, max: 65536 } as const;
