/**
 * The fastest of the right ways to compute the products of a training, found by trying them:
 * {@linkcode autotuner} is the `tune` of `trainRun`.
 *
 * @module
 */

export { type AutotuneOptions, autotuner, type TuneReport } from "./autotune.ts";
export type { Stopwatch } from "./stopwatch.ts";
