/**
 * The trainings of the chain: the FLM, its distillations into flow maps, and
 * what is different about each.
 *
 * @module
 */

import { type Config, stageConfig } from "../config/config.ts";
import type { OptimConfig, TrainConfig } from "../config/config.ts";
import { CheckpointError } from "../errors.ts";
import { pathForCaller } from "../system/task_command.ts";
import { CausalLm } from "../model/causal_lm.ts";
import { Dit } from "../model/dit.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import type { Network, NetworkClass } from "../model/network.ts";
import { initialise } from "../model/initialise.ts";
import { startStudent, studentConfig } from "../model/student.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { ModelKind } from "../checkpoint/state.ts";
import { CausalObjective } from "./ar/objective.ts";
import { FlmObjective } from "./flm/objective.ts";
import type { Frozen } from "../checkpoint/frozen.ts";
import { describeNetwork, type Teachers } from "../checkpoint/learned_from.ts";
import type { Objective, ObjectiveOptions } from "../train/objective.ts";
import { PSD_RULES, PsdObjective } from "./psd/objective.ts";
import { SECOND_STAGE_RULES, SecondStageObjective } from "./second_stage/objective.ts";
import { SEMIGROUP_RULES, SemigroupObjective } from "./semigroup/objective.ts";

/** One training of the chain, of a network M. */
export interface Stage<M extends Network = Network> {
  /** What it makes. */
  kind: ModelKind;
  /** Length of the training, and what is written when. */
  train: TrainConfig;
  /** Its optimizer. */
  optim: OptimConfig;
  /** The network that is trained. */
  modelConfig: DitConfig;
  /** How the network is made. */
  networks: NetworkClass<M>;
  /** A frozen network without which the result could not write text. */
  teacher?: Dit;
  /** The networks that it learns from. */
  teachers: Teachers;
  /** Sets the parameters of a fresh network. */
  start(model: M): void;
  /** What is minimised. */
  objective(options: ObjectiveOptions<M>): Objective;
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
export function flmStage(config: Config, tokenizer: Tokenizer): Stage<Dit> {
  return {
    kind: "flm",
    networks: Dit,
    train: config.train,
    optim: config.optim,
    teachers: {},
    modelConfig: flmModelConfig(config, tokenizer),
    start: (model) => initialise(model, config.seed),
    objective: (options) => new FlmObjective(options),
  };
}

/** The autoregressive baseline, from the same data and of the same size. */
export function arStage(config: Config, tokenizer: Tokenizer): Stage<CausalLm> {
  return {
    kind: "ar",
    networks: CausalLm,
    ...stageConfig(config, "ar"),
    teachers: {},
    modelConfig: { ...flmModelConfig(config, tokenizer), learnableLossWeighting: false },
    start: (model) => initialise(model, config.seed),
    objective: (options) => new CausalObjective(options),
  };
}

/** The distillation of an FLM by the configuration's method: a denoiser flow map, or stage 1. */
export function distillStage(config: Config, frozen: Frozen): Stage<Dit> {
  const { network: teacher } = frozen;
  const { method, boundaryProb, diagonalFraction } = config.distill;
  const kind = method === "psd" ? "psd" : "flow_map";
  const stage = {
    kind,
    networks: Dit,
    ...stageConfig(config, "distill"),
    teachers: { teacher: frozen },
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

/**
 * The second stage of a semigroup distillation: one network for FLM and flow map together.
 *
 * @throws {CheckpointError} if the flow map was distilled from another FLM.
 */
export function secondStage(config: Config, flm: Frozen, map: Frozen): Stage<Dit> {
  requireOwnFlowMap(flm, map);
  const kind = "second_stage";
  const [teacher, flowMap] = [flm.network, map.network];
  const { boundaryProb } = config.secondStage;
  const rules = { ...SECOND_STAGE_RULES, boundaryProb };
  return {
    kind,
    networks: Dit,
    ...stageConfig(config, "secondStage"),
    teachers: { teacher: flm, flowMap: map },
    // Its loss has no weighting.
    modelConfig: studentOf(teacher, config, false),
    start: (model) => startStudent(model, teacher, { kind, seed: config.seed }),
    objective: (options) => new SecondStageObjective({ ...options, teacher, flowMap, rules }),
  };
}

/** A flow map corrects the steps of one FLM, and of no other. */
function requireOwnFlowMap(flm: Frozen, map: Frozen): void {
  const own = map.learnedFrom?.["teacher"];
  if (own === undefined || own.sha256 === flm.identity.sha256) return;
  throw new CheckpointError(
    `The flow map ${pathForCaller(map.location)} does not belong to the teacher ` +
      `${pathForCaller(flm.location)}: it was distilled from ${describeNetwork(own)}, and the ` +
      `teacher is ${describeNetwork(flm.identity)}. Give the checkpoint that it was distilled ` +
      `from by --teacher, or distil it anew.`,
  );
}

function studentOf(
  teacher: Dit,
  { model: { dropout } }: Config,
  learnableLossWeighting: boolean,
): DitConfig {
  return studentConfig(teacher.config, { dropout, learnableLossWeighting });
}
