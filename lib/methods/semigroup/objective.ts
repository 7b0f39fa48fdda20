/**
 * The training objective of the semigroup distillation.
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
import { type SemigroupJumps, semigroupJumps, semigroupLoss } from "./loss.ts";

/** How the reference draws the jumps. */
export const SEMIGROUP_RULES: IntervalRules = { minLength: 1e-6, boundaryOneIn: 64 };

/** What a {@linkcode semigroupObjective} is made of. */
export interface SemigroupObjectiveOptions extends ObjectiveOptions<DenoiserNetwork> {
  /** The frozen denoiser. */
  teacher: Denoiser;
  /** How jumps are drawn; {@linkcode SEMIGROUP_RULES} unless told. */
  rules?: IntervalRules;
}

/**
 * Squared errors of batches of jumps; see {@linkcode semigroupLoss}.
 *
 * @throws {DataError} if the batch cannot be divided into the micro-batches.
 * @throws {CheckpointError} if the teacher does not fit the student.
 */
export function semigroupObjective(options: SemigroupObjectiveOptions): Objective {
  const { model: student, teacher, rules = SEMIGROUP_RULES } = options;
  requireFits(student.config, teacher.config);
  return uploadedObjective<JumpBatch<SemigroupJumps>>(options, {
    upload: jumpBatches(options, rules, (each) => semigroupJumps(student.gpu, each)),
    loss: (tape, { corrupted, jumps, dropout }, _step, _shared, lossGrads) =>
      semigroupLoss(tape, { student, teacher }, { corrupted, jumps, dropout, lossGrads }),
  });
}
