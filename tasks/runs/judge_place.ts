/**
 * What the name of a judge means.
 *
 * @module
 */

import { basename, resolve } from "node:path";
import { findRun } from "../../lib/cli/names.ts";
import { shownPath } from "../../lib/cli/paths.ts";
import type { Config, Inherited, TrainConfig } from "../../lib/config/config.ts";
import { TRAINING_SECTIONS } from "../../lib/config/training_config.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { type JudgeLocation, locateJudge } from "../../lib/eval/open_judge.ts";
import { exists } from "../../lib/system/exists.ts";
import { isUrl } from "../../lib/system/location.ts";
import { runFolder } from "./run_folders.ts";

/** What configurations call the autoregressive model of the same recipe. */
const OWN = "ar";

/**
 * The folder that a judge's name means: one that there is, or that of the run of this name. Null if
 * it is none on this machine, such as the name of a model on the hub.
 *
 * @param given The name as a path; it is that of a configuration unless given, whose paths belong
 * to the project's folder, where tasks run.
 */
export async function judgeFolder(
  name: string,
  given: string = shownPath(resolve(name)),
): Promise<string | null> {
  if (isUrl(name)) return null;
  return await exists(given) ? given : findRun(name);
}

/**
 * Finds a judge that a configuration names, as `gen-ppl --judge` finds one.
 *
 * @param key Where it is named, for the message: `train.evalJudge`.
 * @throws {CheckpointError} if there is none of that name.
 */
export async function locateNamedJudge(key: string, name: string): Promise<JudgeLocation> {
  try {
    return await locateJudge(await judgeFolder(name) ?? name);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`${key}: ${error.message}`, { cause: error });
  }
}

/**
 * Whether what a configuration names as a judge is the autoregressive model of the same recipe,
 * which may not be there yet: `ar`, its run, or the name of that.
 */
export function isOwnJudge(config: Pick<Config, "name">, judge: string): boolean {
  const own = runFolder(config, "ar");
  return judge === OWN || judge === basename(own) || resolve(judge) === resolve(own);
}

/** A configuration that names the autoregressive model of the same recipe as `ar`, if it does. */
export function withOwnJudge(config: Config): Config {
  const named = <T extends Pick<Inherited<TrainConfig>, "evalJudge">>(train: T): T => {
    const { evalJudge } = train;
    return evalJudge !== null && isOwnJudge(config, evalJudge)
      ? { ...train, evalJudge: OWN }
      : train;
  };
  const sections = TRAINING_SECTIONS.map((section) => [
    section,
    { ...config[section], train: named(config[section].train) },
  ]);
  return { ...config, train: named(config.train), ...Object.fromEntries(sections) };
}
