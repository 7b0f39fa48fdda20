/**
 * The training objective of the denoiser flow map (PSD).
 *
 * @module
 */

import { type Intervals, pickIntervals } from "../../flow/intervals.ts";
import { type SampleTensors, uploadSamples } from "../../flow/sample_tensors.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { Denoiser, DropoutStep } from "../../model/denoiser.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { corruptedRows } from "../../ops/corruption.ts";
import type { RowSource } from "../../ops/vocabulary.ts";
import { seedWords } from "../../random/philox.ts";
import type { Objective, ObjectiveOptions } from "../../train/objective.ts";
import { uploadedObjective } from "../../train/uploaded_objective.ts";
import type { UploadedBatch } from "../../train/uploaded_step.ts";
import { requireFits } from "../base/student.ts";
import { psdLoss, PsdSamples } from "./loss.ts";
import { drawPsdTimes, psdCategories, PsdCategory, psdCounts, type PsdRules } from "./times.ts";

/** How the reference divides a batch. */
export const PSD_RULES: PsdRules = { diagonalFraction: 0.5, boundaryOneIn: 32 };

/** What a {@linkcode psdObjective} is made of. */
export interface PsdObjectiveOptions extends ObjectiveOptions<DenoiserNetwork> {
  /** The frozen denoiser; null to learn the diagonal from the data. */
  teacher: Denoiser | null;
  /** How a batch is divided; {@linkcode PSD_RULES} unless told. */
  rules?: PsdRules;
}

/**
 * Cross-entropy of batches to the teacher and to the student's own jumps; see {@linkcode psdLoss}.
 *
 * @throws {DataError} if the batch cannot be divided into the micro-batches.
 * @throws {CheckpointError} if the teacher does not fit the student.
 */
export function psdObjective(options: PsdObjectiveOptions): Objective {
  const { model: student, teacher, batches, schedule, seed, rules = PSD_RULES } = options;
  const { gpu, config: { length } } = student;
  if (teacher !== null) requireFits(student.config, teacher.config);
  const categories = psdCategories(psdCounts(batches.batchSize, rules));
  return uploadedObjective(options, {
    upload(step, slices) {
      const intervals = drawPsdTimes(schedule, { seed, step }, categories);
      return slices.map(({ slice, offset, count }) => {
        const order = diagonalFirst(categories, offset, count);
        const tokens = pickBlocks(batches.read(step, slice), length, order.samples, offset);
        const own = pickIntervals(intervals, order.samples);
        const data = { tokens, intervals: own, length, ...order };
        return new PsdMicroBatch(gpu, data, { key: seedWords(seed), step });
      });
    },
    loss: (tape, { corrupted, tokens, samples, dropout }, _step, _shared, lossGrads) =>
      psdLoss(tape, { student, teacher }, { corrupted, tokens, samples, dropout, lossGrads }),
  });
}

/** The samples of a micro-batch by their places in the global batch, the diagonal ones first. */
function diagonalFirst(
  categories: readonly PsdCategory[],
  offset: number,
  count: number,
): { samples: number[]; numDiagonal: number } {
  const all = Array.from({ length: count }, (_, i) => offset + i);
  const isDiagonal = (sample: number) => categories[sample] === PsdCategory.Diagonal;
  const diagonal = all.filter(isDiagonal);
  const jumps = all.filter((sample) => !isDiagonal(sample));
  return { samples: [...diagonal, ...jumps], numDiagonal: diagonal.length };
}

/** What a {@linkcode PsdMicroBatch} is made of. */
interface PsdData {
  /** Tokens in the order of the samples. */
  tokens: Uint32Array;
  intervals: Intervals;
  length: number;
  /** Places in the global batch. */
  samples: readonly number[];
  numDiagonal: number;
}

class PsdMicroBatch implements UploadedBatch {
  readonly corrupted: RowSource;
  readonly samples: PsdSamples;
  readonly dropout: Pick<DropoutStep, "key" | "step">;
  readonly ids: Uint32Array;
  readonly #tensors: SampleTensors<"tokens" | "gammas">;

  constructor(
    gpu: Gpu,
    { tokens, intervals, length, samples, numDiagonal }: PsdData,
    draw: Pick<DropoutStep, "key" | "step">,
  ) {
    this.dropout = draw;
    this.ids = tokens;
    this.samples = new PsdSamples(gpu, intervals, numDiagonal, samples);
    this.#tensors = uploadSamples(gpu, { tokens, gammas: intervals.gammaStart });
    this.corrupted = corruptedRows(gpu, {
      ...this.#tensors.of,
      ...draw,
      length,
      firstSample: 0,
      samples: this.samples.all.samples,
    });
  }

  get tokens(): Tensor {
    return this.#tensors.of.tokens;
  }

  [Symbol.dispose](): void {
    this.samples[Symbol.dispose]();
    this.#tensors[Symbol.dispose]();
  }
}

/** The blocks of `samples`, in that order, of blocks that begin with sample `first`. */
function pickBlocks(
  blocks: Uint32Array,
  length: number,
  samples: readonly number[],
  first: number,
): Uint32Array {
  const picked = new Uint32Array(blocks.length);
  samples.forEach((sample, i) => {
    const start = (sample - first) * length;
    picked.set(blocks.subarray(start, start + length), i * length);
  });
  return picked;
}
