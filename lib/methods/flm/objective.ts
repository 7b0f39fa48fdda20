/**
 * The FLM's training objective: batches, times and noise of each step.
 *
 * @module
 */

import { flmLoss } from "./loss.ts";
import { uploadSamples } from "../../flow/sample_tensors.ts";
import { seedWords } from "../../random/philox.ts";
import { drawTimes } from "../../flow/time_sampling.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { corruptedRows } from "../../ops/corruption.ts";
import {
  type Objective,
  type ObjectiveOptions,
  type OwnSlice,
  ownSlices,
  type StepObjective,
} from "../../train/objective.ts";
import { UploadedStep } from "../../train/uploaded_step.ts";

/** What an {@linkcode FlmObjective} is made of. */
export type FlmObjectiveOptions = ObjectiveOptions<DenoiserNetwork>;

/** Cross-entropy of corrupted batches; see {@linkcode flmLoss}. */
export class FlmObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #options: FlmObjectiveOptions;
  readonly #slices: readonly OwnSlice[];

  /**
   * Combines the parts.
   *
   * @throws {DataError} if the batch cannot be divided into the micro-batches.
   */
  constructor(options: FlmObjectiveOptions) {
    const { model, batches, numMicroBatches } = options;
    this.#options = options;
    this.#slices = ownSlices(options);
    this.numMicroBatches = numMicroBatches;
    this.tokensPerStep = batches.batchSize * model.config.length;
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const { model, batches, schedule, seed } = this.#options;
    const times = drawTimes({ seed, step }, batches.batchSize);
    const gammas = times.map((t) => schedule.gammaAt(t));
    const parts = this.#slices.map(({ slice, offset, count }) => {
      const ids = batches.read(step, slice);
      const samples = uploadSamples(model.gpu, {
        tokens: ids,
        times: times.subarray(offset, offset + count),
        gammas: gammas.subarray(offset, offset + count),
      });
      return { ...samples, ids, firstSample: offset };
    });
    const { gpu, config: { length } } = model;
    return new UploadedStep(gpu, {
      batches: parts,
      padId: batches.padId,
      loss(tape, { of: { tokens, times, gammas }, firstSample }) {
        const draw = { key: seedWords(seed), step, firstSample };
        const corrupted = corruptedRows(gpu, { tokens, gammas, length, ...draw });
        return flmLoss(tape, model, { corrupted, tokens, times, dropout: draw });
      },
    });
  }
}
