/**
 * What the training tasks are told: their flags, and what follows from them.
 *
 * @module
 */

import { basename } from "node:path";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { requireResumable } from "../../lib/checkpoint/resumable.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import { BACKEND_FLAG } from "../../lib/cli/backend_flag.ts";
import { inGroup } from "../../lib/cli/flag_group.ts";
import { type FlagValues, optional } from "../../lib/cli/flags.ts";
import { loadRecipe } from "../../lib/cli/load_recipe.ts";
import { recipe, run } from "../../lib/cli/names.ts";
import { shownPath } from "../../lib/cli/paths.ts";
import { writeStderr } from "../../lib/cli/stderr.ts";
import type { Config } from "../../lib/config/config.ts";
import { fullKey, kebab } from "../../lib/config/key_names.ts";
import { unheededKeys } from "../../lib/config/training_config.ts";
import { ConfigError } from "../../lib/errors.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methodOf, methodOfCheckpoint } from "../../lib/methods/table.ts";
import { boolean, describeValue, integer, oneOf } from "../../lib/schema/field.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import { LOGGERS } from "../../lib/train/run_log.ts";
import { requireShards } from "../shards/require_shards.ts";
import { configOfRun, type ResumePoint, resumePoint } from "./resume_point.ts";
import { runFolder } from "./run_folders.ts";

/** The flags of every training task. */
export const TRAINING_FLAGS = {
  ...inGroup("input", {
    config: optional(recipe({ doc: "What to train; a resumed run has its own configuration." })),
    resume: optional(run({ doc: "Go on with this run from its newest checkpoint." })),
    step: optional({
      ...integer({
        doc: "Go on from the checkpoint of this step, as --resume RUN/checkpoints/STEP does.",
        min: 0,
      }),
      metavar: "STEP",
    }),
  }),
  ...inGroup("output", {
    logger: optional(oneOf(LOGGERS, {
      doc: "Write event files for TensorBoard besides the metrics file; a run that has some goes " +
        "on with them.",
    })),
    profile: boolean({ doc: "Print a table of kernels by time at the end.", fallback: false }),
    dumpWgsl: boolean({
      doc: "Write every kernel, its template expanded, to the run's folder wgsl/.",
      fallback: false,
    }),
  }),
  ...inGroup("machine", {
    autotune: boolean({
      doc: "First try the ways to compute each matrix product, and take the fastest; what is " +
        "found is kept in runs/.ways, and in the run's checkpoints.",
      fallback: false,
    }),
  }),
  ...BACKEND_FLAG,
};

/** Values of {@linkcode TRAINING_FLAGS}. */
export type TrainingFlags = FlagValues<typeof TRAINING_FLAGS>;

/** What a task trains, and where. */
export interface ChosenRun {
  /** By which method. */
  method: Method;
  /** The configuration, overrides included. */
  config: Config;
  /** The run's folder. */
  run: string;
  /** The step to go on from, if the run is resumed, but not from its newest checkpoint. */
  step?: number;
}

/**
 * Reads the configuration of a training from its flags.
 *
 * @param pick The method that the task asks for; null for that of the run's checkpoint, or of a new
 * run's configuration.
 * @throws {ConfigError} if there is nothing to train or the configuration is wrong.
 * @throws {DataError} if there are no token shards.
 */
export async function readRun(
  flags: TrainingFlags,
  overrides: Readonly<Record<string, string>>,
  pick: ((config: Config) => Method) | null = null,
): Promise<ChosenRun> {
  const from = resumePoint(flags);
  const file = flags.config ?? (from && await configOfRun(from.run));
  if (!file) {
    throw new ConfigError(
      "Nothing to train: give a recipe, such as demo (or as --config FILE), or --resume RUN.",
    );
  }
  const config = await loadRecipe(file, overrides);
  const before = from && await checkpointOf(from);
  if (before !== null && flags.config !== null) requireSameName(config, file, before, from!.run);
  const method = pick !== null
    ? pick(config)
    : before === null
    ? methodOf(config.method)
    : methodOfCheckpoint(before);
  if (before !== null) requireOwnMethod(config, method, overrides, from!.run);
  checkOverrides(config, method, overrides, flags.config === null);
  const source = ["--config", shownPath(file), ...dataArguments(overrides)];
  await requireShards(config.data, taskCommand("preprocess", source), flags.resume !== null);
  const run = from?.run ?? runFolder(config, method.section);
  if ("name" in overrides && basename(run) !== basename(runFolder(config, method.section))) {
    throw new ConfigError(
      `--name ${config.name} is for a new run: ${pathForCaller(run)} keeps its name. Leave it ` +
        `out, or copy the folder and resume the copy.`,
    );
  }
  return { config, method, run, ...(from?.step !== undefined && { step: from.step }) };
}

/** The checkpoint that a run goes on from; null if it has none yet. */
async function checkpointOf({ run, step }: ResumePoint): Promise<Checkpoint | null> {
  if ((await listCheckpoints(run)).length === 0) return null;
  const opened = step === undefined ? Checkpoint.open(run) : Checkpoint.openStep(run, step);
  return requireResumable(await opened);
}

/**
 * Refuses a recipe of another name than that of the run that is resumed: its settings would be
 * taken for the run's own.
 */
function requireSameName(
  { name }: Config,
  file: string,
  { state: { config } }: Checkpoint,
  run: string,
): void {
  if (name === config.name) return;
  throw new ConfigError(
    `${pathForCaller(file)} has the name ${name}, but ${pathForCaller(run)} is a run of ` +
      `${config.name}. Leave the recipe out, to go on with the run's own configuration, or add ` +
      `--name ${config.name}.`,
  );
}

/** Refuses to make another kind of model of a run that is resumed. */
function requireOwnMethod(
  config: Config,
  { kind, section }: Method,
  overrides: Readonly<Record<string, string>>,
  run: string,
): void {
  const [key, asked] = section === null
    ? ["method", config.method]
    : ["distill.method", config.distill.method];
  const isChosen = section === null || section === "distill";
  const isSet = Object.keys(overrides).some((name) => fullKey(name) === key);
  if (!isChosen || !isSet || asked === kind) return;
  throw new ConfigError(
    `--${kebab(key)}: expected ${kind}, the kind of the model in ${pathForCaller(run)}, found ` +
      `${asked}. Leave it out, or train a new run with another name, by --name NAME.`,
  );
}

/**
 * Says which of the keys set on the command line this training does not heed. They may be meant for
 * others if a recipe is given, but not if a run is.
 *
 * @throws {ConfigError} if the configuration is the run's own.
 */
function checkOverrides(
  config: Config,
  { section }: Method,
  overrides: Readonly<Record<string, string>>,
  ownConfig: boolean,
): void {
  if (section === null) return;
  const keys = Object.keys(overrides).map(fullKey);
  for (const { key, own, value } of unheededKeys(config, section, keys)) {
    const message = `${key} changes nothing here, since ${own} is ${describeValue(value)}`;
    if (ownConfig) throw new ConfigError(`${message}. Set it by --${kebab(own)}.`);
    writeStderr(`Note: ${message}.\n`);
  }
}

/** The overrides that decide what shards there must be. */
function dataArguments(overrides: Readonly<Record<string, string>>): string[] {
  return Object.entries(overrides)
    .filter(([key]) => key.startsWith("data."))
    .map(([key, value]) => `--${key}=${value}`);
}
