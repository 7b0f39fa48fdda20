/**
 * The trainings of the chain: the FLM, its distillations into flow maps, and
 * what is different about each.
 *
 * @module
 */

import { type Config, stageConfig } from "../config.ts";
import type { OptimConfig, TrainConfig } from "../config.ts";
import type { Dit } from "../model/dit.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import { initialise } from "../model/initialise.ts";
import { startStudent, studentConfig } from "../model/student.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { ModelKind } from "./checkpoint_state.ts";
import { FlmObjective, type FlmObjectiveOptions } from "./flm_objective.ts";
import type { Objective } from "./objective.ts";
import { PSD_RULES, PsdObjective } from "./psd_objective.ts";
import { SECOND_STAGE_RULES, SecondStageObjective } from "./second_stage_objective.ts";
import { SEMIGROUP_RULES, SemigroupObjective } from "./semigroup_objective.ts";

/** One training of the chain. */
export interface Stage {
  /** What it makes. */
  kind: ModelKind;
  /** Length of the training, and what is written when. */
  train: TrainConfig;
  /** Its optimizer. */
  optim: OptimConfig;
  /** The network that is trained. */
  modelConfig: DitConfig;
  /** A frozen network without which the result could not write text. */
  teacher?: Dit;
  /** Sets the parameters of a fresh network. */
  start(model: Dit): void;
  /** What is minimised. */
  objective(options: FlmObjectiveOptions): Objective;
}

/** The network that a configuration describes, for a tokenizer. */
export function flmModelConfig(config: Config, tokenizer: Tokenizer): DitConfig {
  return {
    ...config.model,
    vocabSize: tokenizer.vocabSize,
    length: config.data.length,
    doubleTemb: false,
  };
}

/** The first training: an FLM from data. */
export function flmStage(config: Config, tokenizer: Tokenizer): Stage {
  return {
    kind: "flm",
    train: config.train,
    optim: config.optim,
    modelConfig: flmModelConfig(config, tokenizer),
    start: (model) => initialise(model, config.seed),
    objective: (options) => new FlmObjective(options),
  };
}

/** The distillation of an FLM by the configuration's method: a denoiser flow map, or stage 1. */
export function distillStage(config: Config, teacher: Dit): Stage {
  const { method, boundaryProb, diagonalFraction } = config.distill;
  const kind = method === "psd" ? "psd" : "flow_map";
  const stage = {
    kind,
    ...stageConfig(config, "distill"),
    modelConfig: studentOf(
      teacher,
      config,
      config.distill.learnableLossWeighting ?? config.model.learnableLossWeighting,
    ),
    start: (model: Dit) => startStudent(model, teacher, { kind, seed: config.seed }),
  } as const;
  if (method === "psd") {
    const rules = { diagonalFraction, boundaryProb: boundaryProb ?? PSD_RULES.boundaryProb };
    return { ...stage, objective: (options) => new PsdObjective({ ...options, teacher, rules }) };
  }
  const rules = {
    ...SEMIGROUP_RULES,
    boundaryProb: boundaryProb ?? SEMIGROUP_RULES.boundaryProb,
  };
  return {
    ...stage,
    teacher,
    objective: (options) => new SemigroupObjective({ ...options, teacher, rules }),
  };
}

/** The second stage of a semigroup distillation: one network for FLM and flow map together. */
export function secondStage(config: Config, teacher: Dit, flowMap: Dit): Stage {
  const kind = "second_stage";
  const { boundaryProb } = config.secondStage;
  const rules = { ...SECOND_STAGE_RULES, boundaryProb };
  return {
    kind,
    ...stageConfig(config, "secondStage"),
    // Its loss has no weighting.
    modelConfig: studentOf(teacher, config, false),
    start: (model) => startStudent(model, teacher, { kind, seed: config.seed }),
    objective: (options) => new SecondStageObjective({ ...options, teacher, flowMap, rules }),
  };
}

function studentOf(
  teacher: Dit,
  { model: { dropout } }: Config,
  learnableLossWeighting: boolean,
): DitConfig {
  return studentConfig(teacher.config, { dropout, learnableLossWeighting });
}
