/**
 * The FLM's training objective: batches, times and noise of each step.
 *
 * @module
 */

import { ProjectedNoise } from "../../flow/projected_noise.ts";
import { type SampleTensors, uploadSamples } from "../../flow/sample_tensors.ts";
import { drawTimes } from "../../flow/time_sampling.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { corruptedRows } from "../../ops/corruption.ts";
import { seedWords } from "../../random/philox.ts";
import type { Objective, ObjectiveOptions } from "../../train/objective.ts";
import { uploadedObjective } from "../../train/uploaded_objective.ts";
import type { UploadedBatch } from "../../train/uploaded_step.ts";
import { flmLoss } from "./loss.ts";

/** One micro-batch on the GPU. */
interface FlmMicroBatch
  extends UploadedBatch, SampleTensors<"tokens" | "times" | "gammas" | "sigmas"> {
  /** Place of its first sample in the global batch. */
  firstSample: number;
}

/**
 * Cross-entropy of corrupted batches; see {@linkcode flmLoss}.
 *
 * @throws {DataError} if the batch cannot be divided into the micro-batches.
 */
export function flmObjective(options: ObjectiveOptions<DenoiserNetwork>): Objective {
  const { model, batches, schedule, seed, noise = "explicit" } = options;
  const { gpu, config: { length } } = model;
  return uploadedObjective<FlmMicroBatch, ProjectedNoise | undefined>(options, {
    upload(step, slices) {
      const times = drawTimes({ seed, step }, batches.batchSize);
      const gammas = times.map((t) => schedule.gammaAt(t));
      return slices.map(({ slice, offset, count }) => {
        const ids = batches.read(step, slice);
        const own = gammas.subarray(offset, offset + count);
        const samples = uploadSamples(gpu, {
          tokens: ids,
          times: times.subarray(offset, offset + count),
          gammas: own,
          sigmas: own.map((gamma) => 1 - gamma),
        });
        return { ...samples, ids, firstSample: offset };
      });
    },
    share: () => noise === "projected" ? new ProjectedNoise(model) : undefined,
    loss(tape, batch, step, projected, lossGrads) {
      const { of: { tokens, times, gammas, sigmas }, firstSample } = batch;
      const draw = { key: seedWords(seed), step, firstSample };
      const data = { tokens, gammas, length, ...draw };
      const corrupted = projected?.rows({ ...data, sigmas }) ?? corruptedRows(gpu, data);
      return flmLoss(tape, model, { corrupted, tokens, times, dropout: draw, lossGrads });
    },
  });
}
