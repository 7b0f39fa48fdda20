/**
 * What the trainings of students have in common.
 *
 * @module
 */

import type { Frozen } from "../../checkpoint/frozen.ts";
import { type Config, trainingConfig } from "../../config/config.ts";
import { Dit } from "../../model/dit.ts";
import type { Training } from "../../train/training.ts";
import { startStudent, studentConfig } from "./student.ts";

/** What is particular about the training of a student. */
export interface StudentTraining {
  /** What it becomes. */
  readonly kind: string;
  /** Whether its loss is a cross-entropy. */
  readonly isCrossEntropy: boolean;
  /** The part of the configuration with its length and optimizer. */
  readonly section: "distill" | "secondStage";
  /** Whether its loss is weighted by time. */
  readonly learnableLossWeighting: boolean;
  /** Whether its output is zero at first. */
  readonly zeroOutput?: boolean;
  /** The models that it learns from; it starts from the `teacher`. */
  readonly frozen: Readonly<{ teacher: Frozen<Dit> } & Record<string, Frozen<Dit>>>;
}

/** All of a student's training but its objective. */
export function studentTraining(
  config: Config,
  { learnableLossWeighting, zeroOutput = false, frozen, ...rest }: StudentTraining,
): Omit<Training<Dit>, "objective"> {
  const { network: teacher } = frozen.teacher;
  const { seed, model: { dropout } } = config;
  return {
    ...rest,
    networks: Dit,
    ...trainingConfig(config, rest.section),
    teachers: frozen,
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
