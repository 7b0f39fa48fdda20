/**
 * The FLM's training objective: batches, times and noise of each step.
 *
 * @module
 */

import { uploadSamples } from "../../flow/sample_tensors.ts";
import { drawTimes } from "../../flow/time_sampling.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { corruptedRows } from "../../ops/corruption.ts";
import { seedWords } from "../../random/philox.ts";
import type { Objective, ObjectiveOptions } from "../../train/objective.ts";
import { uploadedObjective } from "../../train/uploaded_objective.ts";
import { flmLoss } from "./loss.ts";

/**
 * Cross-entropy of corrupted batches; see {@linkcode flmLoss}.
 *
 * @throws {DataError} if the batch cannot be divided into the micro-batches.
 */
export function flmObjective(options: ObjectiveOptions<DenoiserNetwork>): Objective {
  const { model, batches, schedule, seed } = options;
  const { gpu, config: { length } } = model;
  return uploadedObjective(options, {
    upload(step, slices) {
      const times = drawTimes({ seed, step }, batches.batchSize);
      const gammas = times.map((t) => schedule.gammaAt(t));
      return slices.map(({ slice, offset, count }) => {
        const ids = batches.read(step, slice);
        const samples = uploadSamples(gpu, {
          tokens: ids,
          times: times.subarray(offset, offset + count),
          gammas: gammas.subarray(offset, offset + count),
        });
        return { ...samples, ids, firstSample: offset };
      });
    },
    loss(tape, { of: { tokens, times, gammas }, firstSample }, step) {
      const draw = { key: seedWords(seed), step, firstSample };
      const corrupted = corruptedRows(gpu, { tokens, gammas, length, ...draw });
      return flmLoss(tape, model, { corrupted, tokens, times, dropout: draw });
    },
  });
}
