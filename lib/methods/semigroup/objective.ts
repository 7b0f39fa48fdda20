/**
 * The training objective of stage 1, the semigroup distillation.
 *
 * @module
 */

import type { IntervalRules } from "../../flow/intervals.ts";
import { SemigroupJumps, semigroupLoss } from "./loss.ts";
import type { Denoiser } from "../../model/denoiser.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { requireFits } from "../base/student.ts";
import { jumpBatches } from "../base/jump_batches.ts";
import {
  type Objective,
  type ObjectiveOptions,
  type OwnSlice,
  ownSlices,
  type StepObjective,
} from "../../train/objective.ts";
import { UploadedStep } from "../../train/uploaded_step.ts";

/** How the reference draws the jumps of stage 1. */
export const SEMIGROUP_RULES: IntervalRules = { minLength: 1e-6, boundaryOneIn: 64 };

/** What a {@linkcode SemigroupObjective} is made of. */
export interface SemigroupObjectiveOptions extends ObjectiveOptions<DenoiserNetwork> {
  /** The frozen denoiser. */
  teacher: Denoiser;
  /** How jumps are drawn; {@linkcode SEMIGROUP_RULES} unless told. */
  rules?: IntervalRules;
}

/** Squared errors of batches of jumps; see {@linkcode semigroupLoss}. */
export class SemigroupObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #options: SemigroupObjectiveOptions;
  readonly #slices: readonly OwnSlice[];

  /**
   * Combines the parts.
   *
   * @throws {DataError} if the batch cannot be divided into the micro-batches.
   * @throws {CheckpointError} if the teacher does not fit the student.
   */
  constructor(options: SemigroupObjectiveOptions) {
    const { model, teacher, batches, numMicroBatches } = options;
    requireFits(model.config, teacher.config);
    this.#options = options;
    this.#slices = ownSlices(options);
    this.numMicroBatches = numMicroBatches;
    this.tokensPerStep = batches.batchSize * model.config.length;
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const { model: student, teacher, rules = SEMIGROUP_RULES } = this.#options;
    const batches = jumpBatches(
      this.#options,
      this.#slices,
      step,
      rules,
      (intervals) => new SemigroupJumps(student.gpu, intervals),
    );
    return new UploadedStep(student.gpu, {
      batches,
      padId: this.#options.batches.padId,
      loss: (tape, batch) => semigroupLoss(tape, { student, teacher }, batch),
    });
  }
}
