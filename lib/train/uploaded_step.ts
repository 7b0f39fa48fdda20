/**
 * A step whose micro-batches are on the GPU.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { StepObjective } from "./objective.ts";

/** A micro-batch on the GPU. */
export interface UploadedBatch extends Disposable {
  /** Its token ids on the host, in the order of its losses. */
  readonly ids: Uint32Array;
}

/** What the micro-batches of a step have in common. */
export interface SharedPart extends Disposable {
  /** Its gradients: see {@linkcode StepObjective.sharedGrads}. */
  readonly grads: readonly Tensor[];
  /** Passes its gradients on, after the last micro-batch: see {@linkcode StepObjective.finish}. */
  finish(): void;
}

/** What an {@linkcode UploadedStep} is made of. */
export interface UploadedStepOptions<
  Batch extends UploadedBatch,
  Shared extends SharedPart | undefined = undefined,
> {
  /** The micro-batches; the step owns them. */
  batches: readonly Batch[];
  /** The id of padding, whose losses do not count; null if there is none. */
  padId: number | null;
  /**
   * Makes what the micro-batches have in common, before the loss of the first; the step owns it.
   * Nothing unless given.
   */
  share?: (() => Shared) | undefined;
  /** Records the loss of every token of a batch; see {@linkcode StepObjective.loss}. */
  loss: (tape: Tape, batch: Batch, shared: Shared, lossGrads?: Tensor) => Value;
}

/** Micro-batches, and a loss of each. */
export class UploadedStep<
  Batch extends UploadedBatch,
  Shared extends SharedPart | undefined = undefined,
> implements StepObjective {
  readonly numTokens: number;
  readonly #options: UploadedStepOptions<Batch, Shared>;
  readonly #masks: readonly Tensor[] | null;
  #shared: Shared | undefined;

  /** Takes over the ownership of the batches. */
  constructor(gpu: Gpu, options: UploadedStepOptions<Batch, Shared>) {
    const { batches, padId } = options;
    this.#options = options;
    let numTokens = 0;
    for (const { ids } of batches) for (const id of ids) if (id !== padId) numTokens++;
    this.numTokens = numTokens;
    this.#masks = padId === null
      ? null
      : batches.map(({ ids }) => gpu.tensor(Float32Array.from(ids, (id) => Number(id !== padId))));
  }

  /** See {@linkcode StepObjective.loss}. */
  loss(tape: Tape, microBatch: number, lossGrads?: Tensor): Value {
    const { share, loss, batches } = this.#options;
    this.#shared ??= share?.();
    return loss(tape, batches[microBatch]!, this.#shared as Shared, lossGrads);
  }

  /** See {@linkcode StepObjective.sharedGrads}. */
  sharedGrads(): readonly Tensor[] {
    return this.#shared?.grads ?? [];
  }

  /** See {@linkcode StepObjective.finish}. */
  finish(): void {
    this.#shared?.finish();
  }

  /** See {@linkcode StepObjective.mask}. */
  mask(microBatch: number): Tensor | null {
    return this.#masks?.[microBatch] ?? null;
  }

  /** Frees the batches, and what they have in common. */
  [Symbol.dispose](): void {
    for (const batch of this.#options.batches) batch[Symbol.dispose]();
    for (const mask of this.#masks ?? []) mask.release();
    this.#shared?.[Symbol.dispose]();
  }
}
