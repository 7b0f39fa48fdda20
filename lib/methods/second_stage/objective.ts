/**
 * The training objective of stage 2, the distillation of a flow map into one
 * network.
 *
 * @module
 */

import type { IntervalRules } from "../../flow/intervals.ts";
import { SecondStageJumps, secondStageLoss } from "./loss.ts";
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

/** How the reference draws the jumps of stage 2. */
export const SECOND_STAGE_RULES: IntervalRules = { minLength: 1e-5, boundaryOneIn: 128 };

/** What a {@linkcode SecondStageObjective} is made of. */
export interface SecondStageObjectiveOptions extends ObjectiveOptions<DenoiserNetwork> {
  /** The frozen denoiser. */
  teacher: Denoiser;
  /** The frozen network of stage 1. */
  flowMap: Denoiser;
  /** How jumps are drawn; {@linkcode SECOND_STAGE_RULES} unless told. */
  rules?: IntervalRules;
}

/** Squared errors of batches of jumps; see {@linkcode secondStageLoss}. */
export class SecondStageObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #options: SecondStageObjectiveOptions;
  readonly #slices: readonly OwnSlice[];

  /**
   * Combines the parts.
   *
   * @throws {DataError} if the batch cannot be divided into the micro-batches.
   * @throws {CheckpointError} if the teacher or the flow map does not fit the student.
   */
  constructor(options: SecondStageObjectiveOptions) {
    const { model, teacher, flowMap, batches, numMicroBatches } = options;
    requireFits(model.config, teacher.config);
    requireFits(model.config, flowMap.config, "flow map");
    this.#options = options;
    this.#slices = ownSlices(options);
    this.numMicroBatches = numMicroBatches;
    this.tokensPerStep = batches.batchSize * model.config.length;
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const { model: student, teacher, flowMap, rules = SECOND_STAGE_RULES } = this.#options;
    const batches = jumpBatches(
      this.#options,
      this.#slices,
      step,
      rules,
      (intervals) => new SecondStageJumps(student.gpu, intervals),
    );
    return new UploadedStep(student.gpu, {
      batches,
      padId: this.#options.batches.padId,
      loss: (tape, batch) => secondStageLoss(tape, { student, teacher, flowMap }, batch),
    });
  }
}
