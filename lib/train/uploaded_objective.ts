/**
 * Objectives whose batches are uploaded when a step begins.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Tape, Value } from "../ops/tape.ts";
import { type Objective, type ObjectiveOptions, type OwnSlice, ownSlices } from "./objective.ts";
import { type SharedPart, type UploadedBatch, UploadedStep } from "./uploaded_step.ts";

/** What is particular about an {@linkcode uploadedObjective}. */
export interface UploadedObjectiveParts<
  Batch extends UploadedBatch,
  Shared extends SharedPart | undefined = undefined,
> {
  /** Positions of a block that have a loss; all of them unless told. */
  lossesPerBlock?: number;
  /**
   * Reads and uploads the micro-batches of a step. What it draws it draws for the whole global
   * batch, so that it does not depend on how that is cut up.
   *
   * @param slices This process's part of the batch, a slice for each micro-batch.
   */
  upload(step: number, slices: readonly OwnSlice[]): Batch[];
  /** Makes what the micro-batches of a step have in common; nothing unless given. */
  share?(step: number): Shared;
  /**
   * Records the loss of every token of a micro-batch, [B·L].
   *
   * @param lossGrads See `StepObjective.loss`.
   */
  loss(tape: Tape, batch: Batch, step: number, shared: Shared, lossGrads?: Tensor): Value;
}

/**
 * An objective of batches, and a loss of each. Padding does not count.
 *
 * @throws {DataError} if the batch cannot be divided into the micro-batches.
 */
export function uploadedObjective<
  Batch extends UploadedBatch,
  Shared extends SharedPart | undefined = undefined,
>(
  options: ObjectiveOptions,
  parts: UploadedObjectiveParts<Batch, Shared>,
): Objective {
  const { lossesPerBlock = options.model.config.length, upload, share, loss } = parts;
  const { model: { gpu }, batches, numMicroBatches } = options;
  const slices = ownSlices(options);
  return {
    numMicroBatches,
    tokensPerStep: batches.batchSize * lossesPerBlock,
    tokensOf: (microBatch) => slices[microBatch]!.count * lossesPerBlock,
    begin: (step) =>
      new UploadedStep(gpu, {
        batches: upload(step, slices),
        padId: batches.padId,
        share: share && (() => share(step)),
        loss: (tape, batch, shared, lossGrads) => loss(tape, batch, step, shared, lossGrads),
      }),
  };
}
