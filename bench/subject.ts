/**
 * What every benchmark is made of.
 *
 * @module
 */

import type { Gpu } from "../lib/gpu/gpu.ts";
import type { Jax } from "./jax.ts";

/** Work that can be repeated. Anything to be freed is freed by its disposal. */
export interface Contender extends Disposable {
  /** Does the work so many times and waits for the device; nothing is transferred. */
  run(repetitions: number): Promise<void>;
}

/** One line of results. */
export interface Benchmark {
  /** What is measured, such as `matmul`. */
  name: string;
  /** Its size. */
  shape: string;
  /** Unit of the rate. */
  unit: "GFLOP/s" | "tokens/s";
  /** How much of the unit one repetition does. */
  work: number;
  /** Makes flm's contender. */
  ours: (gpu: Gpu) => Contender;
  /** Makes the peer's, if it does the same. */
  peer?: (jax: Jax) => Contender;
}

/** Several contenders of one kind; one file of this folder. */
export type Subject = (gpu: Gpu) => Benchmark[] | Promise<Benchmark[]>;
