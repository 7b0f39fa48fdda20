/**
 * The micro-batches of the semigroup distillation and of its second stage: corrupted sequences and
 * jumps from there.
 *
 * @module
 */

import {
  drawIntervals,
  type IntervalRules,
  type Intervals,
  pickIntervals,
} from "../../flow/intervals.ts";
import { type SampleTensors, uploadSamples } from "../../flow/sample_tensors.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { DropoutStep } from "../../model/denoiser.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { corruptedRows } from "../../ops/corruption.ts";
import type { RowSource } from "../../ops/vocabulary.ts";
import { seedWords } from "../../random/philox.ts";
import type { ObjectiveOptions, OwnSlice } from "../../train/objective.ts";
import type { UploadedBatch } from "../../train/uploaded_step.ts";

/** One micro-batch on the GPU. */
export class JumpBatch<Jumps extends Disposable> implements UploadedBatch {
  /** The token ids. */
  readonly ids: Uint32Array;
  /** The rows x_s. */
  readonly corrupted: RowSource;
  /** The jumps. */
  readonly jumps: Jumps;
  /** Dropout of the student. */
  readonly dropout: DropoutStep;
  readonly #tensors: SampleTensors<"tokens" | "gammas">;

  /** Uploads tokens and gammas, and takes over the ownership of the jumps. */
  constructor(
    gpu: Gpu,
    data: { tokens: Uint32Array; gammas: Float64Array; length: number },
    jumps: Jumps,
    dropout: DropoutStep,
  ) {
    const { tokens, gammas, length } = data;
    this.ids = tokens;
    this.jumps = jumps;
    this.dropout = dropout;
    this.#tensors = uploadSamples(gpu, { tokens, gammas });
    this.corrupted = corruptedRows(gpu, { ...this.#tensors.of, length, ...dropout });
  }

  /** Frees what the batch owns. */
  [Symbol.dispose](): void {
    this.jumps[Symbol.dispose]();
    this.#tensors[Symbol.dispose]();
  }
}

/**
 * What uploads the micro-batches of a step. Jumps are drawn for the whole global batch, of which
 * each micro-batch has its slice.
 *
 * @param upload Brings the jumps of a micro-batch to the GPU.
 */
export function jumpBatches<Jumps extends Disposable>(
  { model, batches, schedule, seed }: ObjectiveOptions<DenoiserNetwork>,
  rules: IntervalRules,
  upload: (intervals: Intervals) => Jumps,
): (step: number, slices: readonly OwnSlice[]) => JumpBatch<Jumps>[] {
  const { gpu, config: { length } } = model;
  return (step, slices) => {
    const intervals = drawIntervals(schedule, { seed, step }, batches.batchSize, rules);
    return slices.map(({ slice, offset, count }) => {
      const own = pickIntervals(intervals, Array.from({ length: count }, (_, i) => offset + i));
      const data = { tokens: batches.read(step, slice), gammas: own.gammaStart, length };
      const draw = { key: seedWords(seed), step, firstSample: offset };
      return new JumpBatch(gpu, data, upload(own), draw);
    });
  };
}
