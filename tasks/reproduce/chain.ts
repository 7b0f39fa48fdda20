/**
 * The chain of stages that a recipe asks for: which tasks, in which order, with which arguments,
 * and what the result of each depends on.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  type Config,
  type ModelName,
  type OptimConfig,
  stageConfig,
  type TrainConfig,
} from "../../lib/config/config.ts";
import { kebab } from "../../lib/config/key_names.ts";
import { showWait } from "../../lib/cli/waits.ts";
import { shardsHash } from "../../lib/data/preprocess/preprocess.ts";
import { originOfConfig, type ShardOrigin } from "../../lib/data/shards/origin.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import { type SampleSettings, sampleSettings } from "../../lib/eval/evaluation.ts";
import { tokenizerOf } from "../../lib/text/create_tokenizer.ts";
import type { ModelKind } from "../../lib/checkpoint/state.ts";
import { runFolder } from "../runs/run_folders.ts";
import type { JudgeWish } from "./recipe_judge.ts";

/** Raised whenever the same inputs would give other results than before. */
const RULES_VERSION = 1;

/** What a result depends on: values by configuration key, and hashes of what came before. */
export type Inputs = Readonly<Record<string, unknown>>;

/** A training of the chain. */
export interface Training {
  /** The task that does it. */
  readonly task: "train" | "distill" | "distill:second";
  /** What it makes. */
  readonly model: ModelName;
  /** Its run folder. */
  readonly run: string;
  /** Its length and its batches. */
  readonly train: TrainConfig;
  /** Its optimizer. */
  readonly optim: OptimConfig;
}

/** What every stage of the chain has. */
interface AnyStage {
  /** Where its result lies: a run folder, or the folder of the shards. */
  readonly folder: string;
  /** The task's arguments, without those to resume. */
  readonly args: readonly string[];
  /** What its result depends on. */
  readonly inputs: Inputs;
  /** SHA-256 (hex) of these. */
  readonly hash: string;
}

/** The making of token shards. */
export interface ShardsStage extends AnyStage {
  /** The task. */
  readonly task: "preprocess";
  /** What the shards are made from, as their manifest records it. */
  readonly origin: ShardOrigin;
}

/** A training. */
export interface TrainingStage extends AnyStage {
  /** The task. */
  readonly task: Training["task"] | "train-ar";
  /** What it makes. */
  readonly model: ModelKind;
  /** Optimizer steps to do. */
  readonly numSteps: number;
  /** The inputs of a run of this configuration, on shards of this hash. */
  readonly inputsOf: (config: Config, shards: string) => Inputs;
  /** The runs that it learns from, by what these are to it. */
  readonly teachers: Readonly<Record<string, string>>;
}

/** The evaluation of a model's samples. */
export interface EvaluationStage extends AnyStage {
  /** The task. */
  readonly task: "evaluate";
  /** How samples are drawn. */
  readonly settings: SampleSettings;
}

/** The scoring of a model's samples by a judge. */
export interface JudgingStage extends AnyStage {
  /** The task. */
  readonly task: "gen-ppl";
  /** How samples are drawn. */
  readonly settings: SampleSettings;
  /** Who judges. */
  readonly judge: JudgeWish;
}

/** One stage of the chain. */
export type Stage = ShardsStage | TrainingStage | EvaluationStage | JudgingStage;

/** The tasks of the chain. */
export type TaskName = Stage["task"];

/** What the user gave to find a configuration. */
export interface ConfigSource {
  /** The configuration's file. */
  readonly file: string;
  /** Keys set on the command line. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The trainings that a configuration's method of distillation asks for, in order. */
export function chainTrainings(config: Config): Training[] {
  const { train, optim, distill } = config;
  const trainings: Training[] = [
    { task: "train", model: "flm", run: runFolder(config), train, optim },
    {
      task: "distill",
      model: distill.method === "psd" ? "psd" : "flow_map",
      run: runFolder(config, "distill"),
      ...stageConfig(config, "distill"),
    },
  ];
  if (distill.method === "semigroup") {
    trainings.push({
      task: "distill:second",
      model: "second_stage",
      run: runFolder(config, "secondStage"),
      ...stageConfig(config, "secondStage"),
    });
  }
  return trainings;
}

/**
 * The stages of a configuration: token shards, trainings, evaluations.
 *
 * @throws {DataError} if the corpus cannot be read.
 */
export async function planChain(config: Config, source: ConfigSource): Promise<Stage[]> {
  const { data, evaluation } = config;
  const shared = configArguments(source);
  const shards = await shardsHash(
    await openCorpus(data.source, { onWait: showWait }).identity(),
    await tokenizerOf(data),
    data,
  );
  const stages: Stage[] = [{
    ...{ task: "preprocess", folder: data.dir, args: shared, inputs: {}, hash: shards },
    origin: originOfConfig(data),
  }];
  const trainings = chainTrainings(config);
  const hashes: Partial<Record<Training["task"], string>> = {};
  for (const training of trainings) {
    const { task, model, run, train: { numSteps } } = training;
    const before = { ...hashes };
    const inputsOf = (config: Config, shards: string) =>
      trainingInputs(config, task, { shards, ...before });
    const inputs = inputsOf(config, shards);
    const hash = hashes[task] = hashOf(task, inputs);
    const teachers = teachersOf(training, trainings);
    const args = [
      ...shared,
      ...Object.entries(teachers).flatMap(([name, run]) => [`--${kebab(name)}`, run]),
    ];
    stages.push({ task, folder: run, args, inputs, hash, model, numSteps, inputsOf, teachers });
  }
  let judgeHash = evaluation.judge;
  if (evaluation.judge === "ar") {
    const inputs = arInputs(config, shards);
    const hash = judgeHash = hashOf("train-ar", inputs);
    const { numSteps } = stageConfig(config, "ar").train;
    const folder = arFolder(config);
    const task = "train-ar";
    const own = { model: "ar", numSteps, inputsOf: arInputs, teachers: {} } as const;
    stages.push({ task, folder, args: shared, inputs, hash, ...own });
  }
  const settings = sampleSettings(evaluation);
  const samples = flat(settings, "evaluation.");
  for (const { task, run } of trainings) {
    const inputs = { model: hashes[task], ...samples };
    const args = [...shared, "--checkpoint", run];
    stages.push({
      task: "evaluate",
      folder: run,
      args,
      inputs,
      hash: hashOf("evaluate", inputs),
      settings,
    });
  }
  const judge = judgeOf(config);
  if (judge === null) return stages;
  for (const { task, model, run } of trainings) {
    const inputs = { model: hashes[task], judge: judgeHash, length: data.length, ...samples };
    const args = [
      ...["--checkpoint", run, "--judge", judge.name],
      ...genPplArguments(config, model, judge),
    ];
    stages.push({
      task: "gen-ppl",
      folder: run,
      args,
      inputs,
      hash: hashOf("gen-ppl", inputs),
      ...{ settings, judge },
    });
  }
  return stages;
}

/**
 * The judge that a recipe asks for, with as many tokens of a text as in the reference; null if it
 * asks for none.
 */
export function judgeOf(config: Config): JudgeWish | null {
  const { data: { length }, evaluation: { judge } } = config;
  if (judge === null) return null;
  return judge === "ar"
    ? { name: arFolder(config), maxTokens: null }
    : { name: judge, maxTokens: length };
}

/** The run of a recipe's own autoregressive model. */
function arFolder(config: Config): string {
  return runFolder(config, "ar");
}

/** How a model's samples are drawn and scored. */
function genPplArguments(
  { evaluation }: Config,
  model: ModelName,
  { maxTokens }: JudgeWish,
): string[] {
  const { numSteps, gammas, numSamples, seed, batchSize } = evaluation;
  return [
    ...["--steps", numSteps.join()],
    ...(model === "psd" ? ["--gamma", gammas.join()] : []),
    ...["--num-samples", `${numSamples}`, "--seed", `${seed}`, "--batch-size", `${batchSize}`],
    ...(maxTokens === null ? [] : ["--max-tokens", `${maxTokens}`]),
  ];
}

/** The arguments by which a task finds its configuration. */
export function configArguments({ file, overrides }: ConfigSource): string[] {
  return [
    "--config",
    file,
    ...Object.entries(overrides).map(([key, value]) => `--${key}=${value}`),
  ];
}

/** The runs that a training learns from, by what they are to it. */
function teachersOf(
  { task }: Training,
  [flm, flowMap]: readonly Training[],
): Readonly<Record<string, string>> {
  if (task === "train") return {};
  const teacher = flm!.run;
  return task === "distill" ? { teacher } : { teacher, flowMap: flowMap!.run };
}

/** What decides the weights; not what is only logged and kept, nor how a batch is cut up. */
function trainingInputs(
  config: Config,
  task: Training["task"],
  hashes: { shards: string } & Partial<Record<Training["task"], string>>,
): Inputs {
  const { seed, model, distill, secondStage } = config;
  const { train, optim } = task === "train"
    ? config
    : stageConfig(config, task === "distill" ? "distill" : "secondStage");
  const { numSteps, batchSize } = train;
  const own = { train: { numSteps, batchSize }, optim };
  const common = { seed, data: hashes.shards };
  switch (task) {
    case "train":
      return { ...common, ...flat({ model, ...own }) };
    case "distill": {
      const { method, boundaryProb, diagonalFraction } = distill;
      const learnableLossWeighting = distill.learnableLossWeighting ?? model.learnableLossWeighting;
      const rules = { method, boundaryProb, diagonalFraction, learnableLossWeighting, ...own };
      return { ...common, teacher: hashes.train, ...flat(rules, "distill.") };
    }
    case "distill:second": {
      const rules = { boundaryProb: secondStage.boundaryProb, ...own };
      const from = { teacher: hashes.train, flowMap: hashes.distill };
      return { ...common, ...from, ...flat(rules, "secondStage.") };
    }
  }
}

/** What decides the weights of the autoregressive model. */
function arInputs(config: Config, shards: string): Inputs {
  const { seed, model, ar } = config;
  const { train: { numSteps, batchSize }, optim } = stageConfig(config, "ar");
  const own = { ...ar, train: { numSteps, batchSize }, optim };
  return { seed, data: shards, ...flat({ model }), ...flat(own, "ar.") };
}

/** The leaves of nested mappings by their full keys. */
function flat(tree: object, prefix = ""): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(flat(value, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value]]
    ),
  );
}

function hashOf(task: TaskName, inputs: Inputs): string {
  const entries = Object.entries(inputs).sort(([a], [b]) => a < b ? -1 : 1);
  return createHash("sha256").update(JSON.stringify([RULES_VERSION, task, entries])).digest("hex");
}
