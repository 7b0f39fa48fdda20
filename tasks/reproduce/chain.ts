/**
 * The chain of stages that a recipe asks for: which tasks, in which order, with which arguments,
 * and what the result of each depends on.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  type Config,
  type OptimConfig,
  type TrainConfig,
  trainingConfig,
  type TrainingSection,
} from "../../lib/config/config.ts";
import { firstKey } from "../../lib/config/former_keys.ts";
import { kebab } from "../../lib/config/key_names.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { recipeMethods } from "../../lib/methods/recipe.ts";
import { methodOfSection } from "../../lib/methods/table.ts";
import { showWait } from "../../lib/cli/waits.ts";
import { shardsHash } from "../../lib/data/preprocess/preprocess.ts";
import { originOfConfig, type ShardOrigin } from "../../lib/data/shards/origin.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import { type SampleSettings, sampleSettings } from "../../lib/eval/evaluation.ts";
import { tokenizerOf } from "../../lib/text/create_tokenizer.ts";
import { runFolder } from "../runs/run_folders.ts";
import type { JudgeWish } from "./recipe_judge.ts";

/** Raised whenever the same inputs would give other results than before. */
const RULES_VERSION = 1;

/** What a result depends on: values by configuration key, and hashes of what came before. */
export type Inputs = Readonly<Record<string, unknown>>;

/** A training of the chain. */
export interface RecipeTraining {
  /** The task that does it. */
  readonly task: TrainingTask;
  /** What it makes. */
  readonly method: Method;
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
  readonly task: TrainingTask;
  /** What it makes. */
  readonly model: string;
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

/** The tasks of the trainings, by the section of the configuration that these have. */
const TASKS = {
  distill: "distill",
  secondStage: "distill:second",
  ar: "train-ar",
} as const satisfies Readonly<Record<TrainingSection, string>>;

/** The tasks that train. */
export type TrainingTask = "train" | typeof TASKS[TrainingSection];

/** The tasks of the chain. */
export type TaskName = Stage["task"];

/** What the user gave to find a configuration. */
export interface ConfigSource {
  /** The configuration's file. */
  readonly file: string;
  /** Keys set on the command line. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The trainings that a configuration asks for, in order. @throws {ConfigError} */
export function chainTrainings(config: Config): RecipeTraining[] {
  return recipeMethods(config).map((method) => trainingOf(config, method));
}

/** The training of one method. */
function trainingOf(config: Config, method: Method): RecipeTraining {
  const { section } = method;
  const { train, optim } = section === null ? config : trainingConfig(config, section);
  return {
    task: section === null ? "train" : TASKS[section],
    method,
    run: runFolder(config, section),
    train,
    optim,
  };
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
  const hashes: Record<string, string> = {};
  const stageOf = (training: RecipeTraining): TrainingStage => {
    const { task, method, run, train: { numSteps } } = training;
    const before = { ...hashes };
    const inputsOf = (config: Config, shards: string) =>
      trainingInputs(config, method, { shards, ...before });
    const inputs = inputsOf(config, shards);
    const hash = hashes[method.kind] = hashOf(task, inputs);
    const teachers = teachersOf(training, trainings);
    const args = [
      ...shared,
      ...Object.entries(teachers).flatMap(([name, run]) => [`--${kebab(name)}`, run]),
    ];
    const model = method.kind;
    return { task, folder: run, args, inputs, hash, model, numSteps, inputsOf, teachers };
  };
  stages.push(...trainings.map(stageOf));
  let judgeHash = evaluation.judge;
  if (evaluation.judge === "ar") {
    const stage = stageOf(trainingOf(config, methodOfSection("ar")));
    judgeHash = stage.hash;
    stages.push(stage);
  }
  const settings = sampleSettings(evaluation);
  const samples = flat(settings, "evaluation.");
  for (const { method, run } of trainings) {
    const inputs = { model: hashes[method.kind], ...samples };
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
  for (const { method, run } of trainings) {
    const inputs = {
      model: hashes[method.kind],
      judge: judgeHash,
      length: data.length,
      ...samples,
    };
    const args = [
      ...["--checkpoint", run, "--judge", judge.name],
      ...genPplArguments(config, method, judge),
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
  { writer }: Method,
  { maxTokens }: JudgeWish,
): string[] {
  const { numSteps, gammas, numSamples, seed, batchSize } = evaluation;
  return [
    ...["--steps", numSteps.join()],
    ...(writer?.takesRenewal ? ["--gamma", gammas.join()] : []),
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
  { method }: RecipeTraining,
  trainings: readonly RecipeTraining[],
): Readonly<Record<string, string>> {
  const runOf = (kind: string) => trainings.find(({ method }) => method.kind === kind)!.run;
  return Object.fromEntries(
    Object.entries(method.learnsFrom).map(([role, kind]) => [role, runOf(kind)]),
  );
}

/** What decides the weights; not what is only logged and kept, nor how a batch is cut up. */
function trainingInputs(
  config: Config,
  method: Method,
  hashes: { shards: string } & Readonly<Record<string, string>>,
): Inputs {
  const { seed, model } = config;
  const { train: { numSteps, batchSize }, optim: { optimizer, ...optim } } = trainingOf(
    config,
    method,
  );
  const teachers = Object.entries(method.learnsFrom).map(([role, kind]) => [role, hashes[kind]]);
  const own = {
    train: { numSteps, batchSize },
    // Left out as long as there was but one.
    optim: optimizer === "adamw" ? optim : { optimizer, ...optim },
  };
  return {
    ...{ seed, data: hashes.shards },
    ...Object.fromEntries(teachers),
    // A student has the network of its teacher.
    ...(teachers.length === 0 && flat({ model })),
    ...method.inputs(config),
    ...flat(own, method.section === null ? "" : `${method.section}.`),
  };
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
  const entries = Object.entries(inputs).map(([key, value]) => [firstKey(key), value] as const)
    .sort(([a], [b]) => a < b ? -1 : 1);
  return createHash("sha256").update(JSON.stringify([RULES_VERSION, task, entries])).digest("hex");
}
