/**
 * What the training tasks are told: their flags, and what follows from them.
 *
 * @module
 */

import { basename } from "node:path";
import { type FlagValues, optional } from "../lib/cli/flags.ts";
import { path, shownPath } from "../lib/cli/paths.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import type { Config, StageName } from "../lib/config/config.ts";
import { fullKey, kebab } from "../lib/config/key_names.ts";
import { unheededKeys } from "../lib/config/stage.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { ConfigError } from "../lib/errors.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { boolean, describeValue, integer } from "../lib/schema/field.ts";
import { configOfRun, resumePoint } from "./resuming.ts";
import { runFolder } from "./runs/run_folders.ts";
import { requireShards } from "./shards/require_shards.ts";

/** The flags of every training task. */
export const TRAINING_FLAGS = {
  config: optional(path({
    doc: "The configuration; a resumed run has its own.",
    expected: "a YAML file",
  })),
  resume: optional(path({
    doc: "Go on with this run from its newest checkpoint.",
    expected: "a run folder",
  })),
  step: optional(integer({
    doc: "Go on from the checkpoint of this step, as --resume RUN/checkpoints/STEP does.",
    min: 0,
  })),
  profile: boolean({ doc: "Print a table of kernels by time at the end.", fallback: false }),
  dumpWgsl: boolean({
    doc: "Write every kernel, its template expanded, to the run's folder wgsl/.",
    fallback: false,
  }),
};

/** Values of {@linkcode TRAINING_FLAGS}. */
export type TrainingFlags = FlagValues<typeof TRAINING_FLAGS>;

/** What a task trains, and where. */
export interface Training {
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
 * @param stage Which of the later trainings it is.
 * @throws {ConfigError} if there is nothing to train or the configuration is wrong.
 * @throws {DataError} if there are no token shards.
 */
export async function readTraining(
  flags: TrainingFlags,
  overrides: Readonly<Record<string, string>>,
  stage?: StageName,
): Promise<Training> {
  const from = resumePoint(flags);
  const file = flags.config ?? (from && await configOfRun(from.run));
  if (!file) {
    throw new ConfigError(
      "Nothing to train: give --config FILE (such as data/demo.yaml) or --resume RUN.",
    );
  }
  const config = await loadRecipe(file, overrides);
  if (stage !== undefined) checkOverrides(config, stage, overrides, flags.config === null);
  const source = ["--config", shownPath(file), ...dataArguments(overrides)];
  await requireShards(config.data, taskCommand("preprocess", source), flags.resume !== null);
  const run = from?.run ?? runFolder(config, stage);
  if ("name" in overrides && basename(run) !== basename(runFolder(config, stage))) {
    throw new ConfigError(
      `--name ${config.name} is for a new run: ${pathForCaller(run)} keeps its name. Leave it ` +
        `out, or copy the folder and resume the copy.`,
    );
  }
  return { config, run, ...(from?.step !== undefined && { step: from.step }) };
}

/**
 * Says which of the keys set on the command line this training does not heed. They may be meant for
 * others if a recipe is given, but not if a run is.
 *
 * @throws {ConfigError} if the configuration is the run's own.
 */
function checkOverrides(
  config: Config,
  stage: StageName,
  overrides: Readonly<Record<string, string>>,
  ownConfig: boolean,
): void {
  for (
    const { key, own, value } of unheededKeys(config, stage, Object.keys(overrides).map(fullKey))
  ) {
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
