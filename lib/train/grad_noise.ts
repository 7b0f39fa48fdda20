/**
 * How noisy gradients are, told by those of the parts of a batch.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { ParameterStore } from "../model/parameters.ts";
import { addInto } from "../ops/tape.ts";
import { gradSquares } from "./grad_norm.ts";

/** Estimates from one step: without bias, and each of them with much scatter. */
export interface GradNoise {
  /** Trace of the covariance of the gradients of single blocks, tr(Σ). */
  readonly gradVariance: number;
  /** Squared norm of the gradient that infinitely many blocks would have, |G|². */
  readonly gradSquares: number;
}

/** What is known of the parts of a batch. */
export interface PartsOfBatch {
  /** Sum of the squared norms of the parts' gradients, which add up to that of the batch. */
  readonly partSquares: number;
  /** Norm of the gradient of the batch. */
  readonly gradNorm: number;
  /** Equal parts of the batch, of which there are two at least. */
  readonly numParts: number;
  /** Blocks in the batch. */
  readonly batchSize: number;
}

/**
 * The noise of a gradient by its parts (McCandlish et al. 2018, arXiv 1812.06162, appendix A.1): of
 * M parts of a batch of B blocks, each mean gradient has |G|² + tr(Σ)·M/B as the expectation of its
 * squared norm, and that of the batch |G|² + tr(Σ)/B.
 */
export function gradNoise(
  { partSquares, gradNorm, numParts, batchSize }: PartsOfBatch,
): GradNoise {
  const ofPart = numParts * partSquares;
  const ofBatch = gradNorm ** 2;
  return {
    gradVariance: (ofPart - ofBatch) * batchSize / (numParts - 1),
    gradSquares: (numParts * ofBatch - ofPart) / (numParts - 1),
  };
}

/**
 * The simple noise scale tr(Σ) / |G|², in blocks: the batch size at which noise and gradient weigh
 * the same (ibid., equation 2.9). Infinite where the noise hides the gradient.
 */
export function gradNoiseScale({ gradVariance, gradSquares }: GradNoise): number {
  return gradSquares > 0 ? gradVariance / gradSquares : Infinity;
}

/** Sums the squared norms of the gradients of micro-batches, on the GPU. */
export class PartSquares implements Disposable {
  /** The sum so far, [1]. */
  readonly sum: Tensor;
  readonly #gpu: Gpu;

  /** Begins with 0. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.sum = gpu.zeros([1]);
  }

  /** Adds those that a store has now. @throws {GpuError} if it keeps no gradients. */
  add(store: ParameterStore): void {
    using squares = gradSquares(this.#gpu, store);
    addInto(this.#gpu, this.sum, squares);
  }

  /** Frees the sum. */
  [Symbol.dispose](): void {
    this.sum.release();
  }
}
