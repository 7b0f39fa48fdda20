/**
 * What the trainings of students have in common.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import type { TrainingParts } from "../../train/training.ts";
import { startStudent, studentConfig } from "./student.ts";

/** What is particular about a student. */
export interface StudentOptions {
  /** Whether its loss is weighted by time. */
  readonly learnableLossWeighting: boolean;
  /** Whether its output is zero at first: a correction to the teacher's; false unless told. */
  readonly zeroOutput?: boolean;
}

/** All of a student's training but its objective: its network, which starts as the teacher's. */
export function studentTraining(
  { seed, model: { dropout } }: Config,
  teacher: DenoiserNetwork,
  { learnableLossWeighting, zeroOutput = false }: StudentOptions,
): Pick<TrainingParts<DenoiserNetwork>, "modelConfig" | "start"> {
  return {
    modelConfig: studentConfig(teacher.config, { dropout, learnableLossWeighting }),
    start: (model) => startStudent(model, teacher, { seed, zeroOutput }),
  };
}

/** Whether a distillation's loss is weighted by time: its own setting, or the first training's. */
export function weightsDistillation({ distill, model }: Config): boolean {
  return distill.learnableLossWeighting ?? model.learnableLossWeighting;
}

/** What decides a distillation's weights: see {@linkcode Method.inputs}. */
export function distillInputs(config: Config): Readonly<Record<string, unknown>> {
  const { method, boundaryOneIn, diagonalFraction } = config.distill;
  return {
    "distill.method": method,
    "distill.boundaryOneIn": boundaryOneIn,
    "distill.diagonalFraction": diagonalFraction,
    "distill.learnableLossWeighting": weightsDistillation(config),
  };
}
