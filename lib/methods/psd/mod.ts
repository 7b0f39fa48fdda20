/**
 * PSD: the distillation of an FLM into a denoiser flow map, in one stage, by progressive
 * self-distillation; it writes text in one step, or in more with renewed noise.
 *
 * @module
 */

import { Dit } from "../../model/dit.ts";
import { flowWriter } from "../base/flow_writer.ts";
import type { Method } from "../base/method.ts";
import { distillInputs, studentTraining, weightsDistillation } from "../base/student_training.ts";
import { PSD_RULES, psdObjective } from "./objective.ts";
import { psdSteps } from "./steps.ts";

/** The method. */
export const psd: Method<Dit, "teacher"> = {
  kind: "psd",
  title: "denoiser flow map",
  networkClass: Dit,
  learnsFrom: { teacher: "flm" },
  section: "distill",
  options: null,
  next: null,
  isCrossEntropy: true,
  isDenoiser: true,
  writer: flowWriter(psdSteps, { takesRenewal: true }),
  training({ config, frozen }) {
    const { network: teacher } = frozen.teacher;
    const { boundaryOneIn, diagonalFraction } = config.distill;
    const rules = { diagonalFraction, boundaryOneIn: boundaryOneIn ?? PSD_RULES.boundaryOneIn };
    return {
      ...studentTraining(config, teacher, {
        learnableLossWeighting: weightsDistillation(config),
      }),
      objective: (options) => psdObjective({ ...options, teacher, rules }),
    };
  },
  inputs: distillInputs,
};
