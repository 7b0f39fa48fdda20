/**
 * The training objective of stage 2, the distillation of a flow map into one
 * network.
 *
 * @module
 */

import { sliceBatch } from "../../data/batches/batches.ts";
import type { IntervalRules } from "../../flow/intervals.ts";
import { SecondStageJumps, secondStageLoss } from "./loss.ts";
import type { Dit } from "../../model/dit.ts";
import { requireFits } from "../../model/student.ts";
import type { FlmObjectiveOptions } from "../flm/objective.ts";
import { jumpBatches } from "../../train/jump_batches.ts";
import type { Objective, StepObjective } from "../../train/objective.ts";
import { UploadedStep } from "../../train/uploaded_step.ts";

/** How the reference draws the jumps of stage 2. */
export const SECOND_STAGE_RULES: IntervalRules = { minLength: 1e-5, boundaryProb: 128 };

/** What a {@linkcode SecondStageObjective} is made of. */
export interface SecondStageObjectiveOptions extends FlmObjectiveOptions {
  /** The frozen denoiser. */
  teacher: Dit;
  /** The frozen network of stage 1. */
  flowMap: Dit;
  /** How jumps are drawn; {@linkcode SECOND_STAGE_RULES} unless told. */
  rules?: IntervalRules;
}

/** Squared errors of batches of jumps; see {@linkcode secondStageLoss}. */
export class SecondStageObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #options: SecondStageObjectiveOptions;

  /**
   * Combines the parts.
   *
   * @throws {DataError} if the batch cannot be divided into the micro-batches.
   * @throws {CheckpointError} if the teacher or the flow map does not fit the student.
   */
  constructor(options: SecondStageObjectiveOptions) {
    const { model, teacher, flowMap, batches, numMicroBatches } = options;
    sliceBatch(batches.batchSize, { numMicroBatches });
    requireFits(model.config, teacher.config);
    requireFits(model.config, flowMap.config, "flow map");
    this.#options = options;
    this.numMicroBatches = numMicroBatches;
    this.tokensPerStep = batches.batchSize * model.config.length;
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const { model: student, teacher, flowMap, rules = SECOND_STAGE_RULES } = this.#options;
    const batches = jumpBatches(
      this.#options,
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
