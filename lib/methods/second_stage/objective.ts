/**
 * The training objective of the second stage, the distillation of a flow map into one network.
 *
 * @module
 */

import type { IntervalRules } from "../../flow/intervals.ts";
import type { Denoiser } from "../../model/denoiser.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import type { Objective, ObjectiveOptions } from "../../train/objective.ts";
import { uploadedObjective } from "../../train/uploaded_objective.ts";
import { type JumpBatch, jumpBatches } from "../base/jump_batches.ts";
import { requireFits } from "../base/student.ts";
import { type SecondStageJumps, secondStageJumps, secondStageLoss } from "./loss.ts";

/** How the reference draws the jumps. */
export const SECOND_STAGE_RULES: IntervalRules = { minLength: 1e-5, boundaryOneIn: 128 };

/** What a {@linkcode secondStageObjective} is made of. */
export interface SecondStageObjectiveOptions extends ObjectiveOptions<DenoiserNetwork> {
  /** The frozen denoiser. */
  teacher: Denoiser;
  /** The frozen network of the semigroup distillation. */
  flowMap: Denoiser;
  /** How jumps are drawn; {@linkcode SECOND_STAGE_RULES} unless told. */
  rules?: IntervalRules;
}

/**
 * Squared errors of batches of jumps; see {@linkcode secondStageLoss}.
 *
 * @throws {DataError} if the batch cannot be divided into the micro-batches.
 * @throws {CheckpointError} if the teacher or the flow map does not fit the student.
 */
export function secondStageObjective(options: SecondStageObjectiveOptions): Objective {
  const { model: student, teacher, flowMap, rules = SECOND_STAGE_RULES } = options;
  requireFits(student.config, teacher.config);
  requireFits(student.config, flowMap.config, "flow map");
  return uploadedObjective<JumpBatch<SecondStageJumps>>(options, {
    upload: jumpBatches(options, rules, (each) => secondStageJumps(student.gpu, each)),
    loss: (tape, { corrupted, jumps, dropout }, _step, _shared, lossGrads) => {
      const batch = { corrupted, jumps, dropout, lossGrads };
      return secondStageLoss(tape, { student, teacher, flowMap }, batch);
    },
  });
}
