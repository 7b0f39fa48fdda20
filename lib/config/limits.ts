/**
 * Bounds of numbers that are given in more places than the configuration.
 *
 * @module
 */

/** Steps of a sampler at most: all of them are planned before the first. */
export const MAX_STEPS: number = 2 ** 20;
