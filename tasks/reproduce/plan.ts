/**
 * The jobs that a recipe consists of: which tasks, in which order, with which arguments, and what
 * the result of each depends on.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { tellWaits } from "../../lib/cli/waits.ts";
import {
  type Config,
  keyPrefix,
  type OptimConfig,
  type TrainConfig,
  type TrainingSection,
} from "../../lib/config/config.ts";
import { firstKey } from "../../lib/config/former_keys.ts";
import { kebab } from "../../lib/config/key_names.ts";
import { asOpenAs } from "../../lib/config/settled.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import { shardsHash } from "../../lib/data/preprocess/shards_hash.ts";
import { originOfConfig, type ShardOrigin } from "../../lib/data/shards/origin.ts";
import { type SampleSettings, sampleSettings } from "../../lib/eval/evaluation.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methodTraining, requireNoTexts } from "../../lib/methods/base/method_training.ts";
import { recipeMethods } from "../../lib/methods/recipe.ts";
import { methodOfSection } from "../../lib/methods/table.ts";
import { tokenizerToMakeShards } from "../../lib/text/create_tokenizer.ts";
import { isOwnJudge } from "../runs/judge_place.ts";
import { runFolder } from "../runs/run_folders.ts";
import type { JudgeWish } from "./recipe_judge.ts";

/** Raised whenever the same inputs would give other results than before. */
const RULES_VERSION = 1;

/** What a result depends on: values by configuration key, and hashes of what came before. */
export type Inputs = Readonly<Record<string, unknown>>;

/** A training of a recipe. */
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

/** What every job has. */
interface AnyJob {
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
export interface ShardsJob extends AnyJob {
  /** The task. */
  readonly task: "preprocess";
  /** What the shards are made from, as their manifest records it. */
  readonly origin: ShardOrigin;
}

/** A training. */
export interface TrainingJob extends AnyJob {
  /** The task. */
  readonly task: TrainingTask;
  /** What it makes. */
  readonly model: string;
  /** Optimizer steps to do. */
  readonly numSteps: number;
  /** Minutes of work after which it ends, if it has steps left; null for no end. */
  readonly minutes: number | null;
  /** The inputs of a run of this configuration, on shards of this hash. */
  readonly inputsOf: (config: Config, shards: string) => Inputs;
  /** The runs that it learns from, by what these are to it. */
  readonly teachers: Readonly<Record<string, string>>;
}

/** The evaluation of a model's samples. */
export interface EvaluationJob extends AnyJob {
  /** The task. */
  readonly task: "evaluate";
  /** How samples are drawn. */
  readonly settings: SampleSettings;
}

/** The scoring of a model's samples by a judge. */
export interface JudgingJob extends AnyJob {
  /** The task. */
  readonly task: "gen-ppl";
  /** How samples are drawn. */
  readonly settings: SampleSettings;
  /** Who judges. */
  readonly judge: JudgeWish;
}

/** A task of a recipe, and what it makes. */
export type Job = ShardsJob | TrainingJob | EvaluationJob | JudgingJob;

/** The tasks of the trainings, by the section of the configuration that these have. */
const TASKS = {
  distill: "distill",
  secondStage: "distill:second",
  ar: "train-ar",
} as const satisfies Readonly<Record<TrainingSection, string>>;

/** The tasks that train. */
export type TrainingTask = "train" | typeof TASKS[TrainingSection];

/** The tasks that a recipe consists of. */
export type TaskName = Job["task"];

/** What the user gave to find a configuration. */
export interface ConfigSource {
  /** The configuration's file. */
  readonly file: string;
  /** Keys set on the command line. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The trainings that a configuration asks for, in order. @throws {ConfigError} */
export function recipeTrainings(config: Config): RecipeTraining[] {
  return recipeMethods(config).map((method) => trainingOf(config, method));
}

/** The training of one method. */
function trainingOf(config: Config, method: Method): RecipeTraining {
  const { section } = method;
  const { train, optim } = methodTraining(config, method);
  return {
    task: section === null ? "train" : TASKS[section],
    method,
    run: runFolder(config, section),
    train,
    optim,
  };
}

/**
 * The jobs of a configuration: token shards, trainings, evaluations and what a judge says, in the
 * order in which they can be done.
 *
 * @throws {ConfigError} if texts are asked of a training whose models write none.
 * @throws {DataError} if the corpus cannot be read.
 */
export async function planRecipe(config: Config, source: ConfigSource): Promise<Job[]> {
  const shared = configArguments(source);
  const shards = await shardsJob(config, shared);
  const made = new Map<string, TrainingJob>();
  const add = (training: RecipeTraining) => {
    requireNoTexts(config, training.method);
    const job = trainingJob(config, shared, training, shards.hash, made);
    made.set(training.method.kind, job);
    return job;
  };
  const trainings = recipeTrainings(config);
  const addOwn = () => add(trainingOf(config, methodOfSection("ar")));
  const first = asksForOwnJudge(config) ? addOwn() : null;
  const jobs = trainings.map(add);
  const evaluations = jobs.map((job) => evaluationJob(config, shared, job));
  const judge = judgeOf(config);
  const isOwn = judge !== null && isOwnJudge(config, judge.name);
  const last = isOwn && first === null ? addOwn() : null;
  const inOrder = [first, ...jobs, last].filter((job) => job !== null);
  if (judge === null) return [shards, ...inOrder, ...evaluations];
  const own = isOwn ? first ?? last : null;
  const judgings = trainings.map(({ method }, i) =>
    judgingJob(config, method, jobs[i]!, judge, own?.hash ?? judge.name)
  );
  return [shards, ...inOrder, ...evaluations, ...judgings];
}

/** The making of a configuration's token shards. @throws {DataError} */
async function shardsJob({ data }: Config, args: readonly string[]): Promise<ShardsJob> {
  const corpus = openCorpus(data.source, { onWait: tellWaits() });
  const hash = await shardsHash(await corpus.identity(), await tokenizerToMakeShards(data), data);
  const origin = originOfConfig(data);
  return { task: "preprocess", folder: data.dir, args, inputs: {}, hash, origin };
}

/**
 * A training, after those that it learns from.
 *
 * @param shared The arguments by which it finds its configuration.
 * @param shards The hash of its shards.
 * @param made The trainings before it, by the kind of their model.
 */
function trainingJob(
  config: Config,
  shared: readonly string[],
  { task, method, run, train: { numSteps, minutes } }: RecipeTraining,
  shards: string,
  made: ReadonlyMap<string, TrainingJob>,
): TrainingJob {
  const learnsFrom = Object.entries(method.learnsFrom)
    .map(([role, kind]) => ({ role, teacher: made.get(kind)! }));
  const teachers = Object.fromEntries(
    learnsFrom.map(({ role, teacher }) => [role, teacher.folder]),
  );
  const hashes = Object.fromEntries(learnsFrom.map(({ role, teacher }) => [role, teacher.hash]));
  const inputsOf = (run: Config, shards: string) =>
    trainingInputs(asOpenAs(config, run), method, shards, hashes);
  const inputs = inputsOf(config, shards);
  const flags = Object.entries(teachers).flatMap(([role, run]) => [`--${kebab(role)}`, run]);
  return {
    task,
    folder: run,
    args: [...shared, ...flags],
    inputs,
    hash: hashOf(task, inputs),
    model: method.kind,
    numSteps,
    minutes,
    inputsOf,
    teachers,
  };
}

/** The evaluation of the model that a training makes. */
function evaluationJob(
  { evaluation }: Config,
  shared: readonly string[],
  { folder, hash: model }: TrainingJob,
): EvaluationJob {
  const task = "evaluate";
  const settings = sampleSettings(evaluation);
  const inputs = { model, ...flat(settings, "evaluation.") };
  const args = [...shared, "--checkpoint", folder];
  return { task, folder, args, inputs, hash: hashOf(task, inputs), settings };
}

/** The scoring of the samples of the model that a training makes. */
function judgingJob(
  config: Config,
  method: Method,
  { folder, hash: model }: TrainingJob,
  judge: JudgeWish,
  judgeHash: string,
): JudgingJob {
  const task = "gen-ppl";
  const { data: { length }, evaluation } = config;
  const settings = sampleSettings(evaluation);
  const inputs = { model, judge: judgeHash, length, ...flat(settings, "evaluation.") };
  const args = [
    ...["--checkpoint", folder, "--judge", judge.name],
    ...genPplArguments(config, method, judge),
  ];
  return { task, folder, args, inputs, hash: hashOf(task, inputs), settings, judge };
}

/**
 * The judge that a recipe asks for, with as many tokens of a text as in the reference; null if it
 * asks for none.
 */
export function judgeOf(config: Config): JudgeWish | null {
  const { data: { length }, evaluation: { judge } } = config;
  if (judge === null) return null;
  return isOwnJudge(config, judge)
    ? { name: runFolder(config, "ar"), maxTokens: null }
    : { name: judge, maxTokens: length };
}

/** The judges that validations of a recipe's trainings ask for. */
export function validationJudges(config: Config): string[] {
  return recipeTrainings(config).flatMap(({ train: { evalJudge } }) => evalJudge ?? []);
}

/**
 * Whether validations of a recipe's trainings are judged by the recipe's own autoregressive model,
 * which must be trained before them.
 */
export function asksForOwnJudge(config: Config): boolean {
  return validationJudges(config).some((each) => isOwnJudge(config, each));
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

/** What of a configuration decides the weights of a training, besides what comes before it. */
export function trainingSettings(config: Config, method: Method): Inputs {
  const teachers = Object.keys(method.learnsFrom).map((role) => [role, ""]);
  return trainingInputs(config, method, "", Object.fromEntries(teachers));
}

/**
 * What decides the weights; not what is only logged and kept, nor how a batch is cut up.
 *
 * @param shards The hash of the shards.
 * @param teachers Those of the trainings that it learns from, by what these are to it.
 */
function trainingInputs(
  config: Config,
  method: Method,
  shards: string,
  teachers: Readonly<Record<string, string>>,
): Inputs {
  const { seed, model } = config;
  const { train, optim: { optimizer, ...optim } } = trainingOf(config, method);
  const { numSteps, minutes, batchSize } = train;
  // What was added later is left out where it is as it was before, so that hashes stay.
  const own = {
    train: { numSteps, ...(minutes !== null && { minutes }), batchSize },
    optim: optimizer === "adamw" ? optim : { optimizer, ...optim },
  };
  return {
    seed,
    data: shards,
    ...teachers,
    // A student has the network of its teacher.
    ...(Object.keys(teachers).length === 0 && flat({ model })),
    ...method.inputs(config),
    ...flat(own, keyPrefix(method.section)),
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
