/**
 * The semigroup distillation of an FLM, whose second stage is second_stage/. The student corrects
 * the steps of its teacher, so that the jump over two intervals is both jumps.
 *
 * @module
 */

import { Dit } from "../../model/dit.ts";
import { flowWriter } from "../base/flow_writer.ts";
import type { Method } from "../base/method.ts";
import { distillInputs, studentTraining, weightsDistillation } from "../base/student_training.ts";
import { SEMIGROUP_RULES, semigroupObjective } from "./objective.ts";
import { semigroupSteps } from "./steps.ts";

/** The method. */
export const semigroup: Method<Dit, "teacher"> = {
  kind: "semigroup",
  title: "flow map (semigroup)",
  networkClass: Dit,
  learnsFrom: { teacher: "flm" },
  section: "distill",
  options: null,
  next: "second_stage",
  isCrossEntropy: false,
  isDenoiser: false,
  writer: flowWriter(semigroupSteps, { correctsTeacher: true }),
  training({ config, frozen }) {
    const { network: teacher } = frozen.teacher;
    const rules = {
      ...SEMIGROUP_RULES,
      boundaryOneIn: config.distill.boundaryOneIn ?? SEMIGROUP_RULES.boundaryOneIn,
    };
    return {
      ...studentTraining(config, teacher, {
        learnableLossWeighting: weightsDistillation(config),
        zeroOutput: true,
      }),
      objective: (options) => semigroupObjective({ ...options, teacher, rules }),
    };
  },
  inputs: distillInputs,
};
