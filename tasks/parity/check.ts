/**
 * What the check of a golden file is given, and what it gives back.
 *
 * @module
 */

import type { TrainPrecision } from "../../lib/config/config.ts";
import { CheckpointError } from "../../lib/errors.ts";
import type { GammaSchedule } from "../../lib/flow/schedule.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { ArrayKind } from "../../lib/safetensors/dtype.ts";
import { boundIn, fractionDiffering, relativeError } from "./compare.ts";
import type { GoldenFile } from "./golden_file.ts";

/** A quantity that was compared. */
export interface GoldenResult {
  /** The golden file's name without its extension. */
  file: string;
  /** What was compared, mostly a tensor's name. */
  quantity: string;
  /** The relative error, or the fraction of tokens that differ; NaN if there is none. */
  error: number;
  /** The greatest error that passes. */
  bound: number;
  /** Whether the error is a number within the bound. */
  pass: boolean;
  /** Why there is no error, where that is not the numbers' fault. */
  problem?: string;
}

/** What checks share. */
export interface GoldenResources {
  /** What models are stored in. */
  readonly precision: TrainPrecision;
  /** The GPU, opened when first asked for. */
  gpu(): Promise<Gpu>;
  /** The time schedule of a vocabulary size, made once. */
  schedule(vocabSize: number): GammaSchedule;
}

/** Computes what a golden file holds and compares it. */
export type GoldenCheck = (context: CheckContext) => Promise<void>;

/** One golden file being checked. */
export class CheckContext {
  /** The file. */
  readonly golden: GoldenFile;
  /** What checks share. */
  readonly resources: GoldenResources;
  readonly #results: GoldenResult[];

  /**
   * Begins the check of a file.
   *
   * @param results Receives a result for every quantity compared.
   */
  constructor(golden: GoldenFile, resources: GoldenResources, results: GoldenResult[]) {
    this.golden = golden;
    this.resources = resources;
    this.#results = results;
  }

  /** Compares with the golden tensor called `name`; a missing one is a failure, not an error. */
  async compare(
    name: string,
    actual: ArrayLike<number>,
    bound: number,
    kind: ArrayKind = "f32",
  ): Promise<void> {
    await this.#withTensor(name, kind, bound, (expected) => {
      this.compareValues(name, actual, expected, bound);
    });
  }

  /** Compares with the golden token ids called `name`, which must be equal. */
  async compareTokens(name: string, actual: ArrayLike<number>): Promise<void> {
    await this.#withTensor(name, "i32", 0, (expected) => {
      this.compareTokenValues(name, actual, expected);
    });
  }

  /** Compares numbers by {@linkcode relativeError}. */
  compareValues(
    quantity: string,
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
    bound: number,
  ): void {
    this.#add(quantity, relativeError(actual, expected), bound, lengthProblem(actual, expected));
  }

  /** Compares token ids, which must be equal. */
  compareTokenValues(
    quantity: string,
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
  ): void {
    this.#add(quantity, fractionDiffering(actual, expected), 0, lengthProblem(actual, expected));
  }

  /** Adds a failure without numbers. */
  fail(quantity: string, bound: number, problem: string): void {
    this.#add(quantity, NaN, bound, problem);
  }

  async #withTensor(
    name: string,
    kind: ArrayKind,
    bound: number,
    use: (expected: ArrayLike<number>) => void,
  ): Promise<void> {
    try {
      use(await this.golden.read(name, kind));
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      this.fail(name, bound, error.message);
    }
  }

  #add(quantity: string, error: number, f32Bound: number, problem: string | undefined): void {
    const bound = boundIn(this.resources.precision, f32Bound);
    const result = { file: this.golden.stem, quantity, error, bound, pass: error <= bound };
    this.#results.push(problem === undefined ? result : { ...result, problem });
  }
}

function lengthProblem(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): string | undefined {
  if (actual.length === expected.length) return undefined;
  return `${actual.length} values were computed, the file has ${expected.length}`;
}
