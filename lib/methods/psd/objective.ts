/**
 * The training objective of the denoiser flow map (PSD).
 *
 * @module
 */

import { type Intervals, pickIntervals } from "../../flow/intervals.ts";
import { seedWords } from "../../random/philox.ts";
import { psdLoss, PsdSamples } from "./loss.ts";
import { drawPsdTimes, psdCategories, PsdCategory, psdCounts, type PsdRules } from "./times.ts";
import { type SampleTensors, uploadSamples } from "../../flow/sample_tensors.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { DropoutStep } from "../../model/denoiser.ts";
import type { Denoiser } from "../../model/denoiser.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { requireFits } from "../base/student.ts";
import { corruptedRows } from "../../ops/corruption.ts";
import type { RowSource } from "../../ops/vocabulary.ts";
import {
  type Objective,
  type ObjectiveOptions,
  type OwnSlice,
  ownSlices,
  type StepObjective,
} from "../../train/objective.ts";
import { type UploadedBatch, UploadedStep } from "../../train/uploaded_step.ts";

/** How the reference divides a batch. */
export const PSD_RULES: PsdRules = { diagonalFraction: 0.5, boundaryOneIn: 32 };

/** What a {@linkcode PsdObjective} is made of. */
export interface PsdObjectiveOptions extends ObjectiveOptions<DenoiserNetwork> {
  /** The frozen denoiser; null to learn the diagonal from the data. */
  teacher: Denoiser | null;
  /** How a batch is divided; {@linkcode PSD_RULES} unless told. */
  rules?: PsdRules;
}

/** Cross-entropy of batches to the teacher and to the student's own jumps; see {@linkcode psdLoss}. */
export class PsdObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #options: PsdObjectiveOptions;
  readonly #slices: readonly OwnSlice[];
  readonly #categories: readonly PsdCategory[];

  /**
   * Combines the parts.
   *
   * @throws {DataError} if the batch cannot be divided into the micro-batches.
   * @throws {CheckpointError} if the teacher does not fit the student.
   */
  constructor(options: PsdObjectiveOptions) {
    const { model, teacher, batches, numMicroBatches, rules = PSD_RULES } = options;
    if (teacher !== null) requireFits(model.config, teacher.config);
    this.#options = options;
    this.#slices = ownSlices(options);
    this.#categories = psdCategories(psdCounts(batches.batchSize, rules));
    this.numMicroBatches = numMicroBatches;
    this.tokensPerStep = batches.batchSize * model.config.length;
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const { model: student, teacher, batches, schedule, seed } = this.#options;
    const { gpu, config: { length } } = student;
    const intervals = drawPsdTimes(schedule, { seed, step }, this.#categories);
    const parts = this.#slices.map(({ slice, offset, count }) => {
      const order = this.#diagonalFirst(offset, count);
      const tokens = pickBlocks(batches.read(step, slice), length, order.samples, offset);
      const own = pickIntervals(intervals, order.samples);
      const data = { tokens, intervals: own, length, ...order };
      return new PsdMicroBatch(gpu, data, { key: seedWords(seed), step });
    });
    return new UploadedStep(gpu, {
      batches: parts,
      padId: batches.padId,
      loss: (tape, batch) => psdLoss(tape, { student, teacher }, batch),
    });
  }

  /** The samples of a micro-batch by their places in the global batch, the diagonal ones first. */
  #diagonalFirst(offset: number, count: number): { samples: number[]; numDiagonal: number } {
    const all = Array.from({ length: count }, (_, i) => offset + i);
    const isDiagonal = (sample: number) => this.#categories[sample] === PsdCategory.Diagonal;
    const diagonal = all.filter(isDiagonal);
    const jumps = all.filter((sample) => !isDiagonal(sample));
    return { samples: [...diagonal, ...jumps], numDiagonal: diagonal.length };
  }
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
