/**
 * The judge of a training's validations.
 *
 * @module
 */

import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import { type Config, trainingConfig } from "../../lib/config/config.ts";
import { CheckpointError, ConfigError } from "../../lib/errors.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import { metricNames } from "../../lib/eval/metrics.ts";
import { type JudgeLocation, locateJudge, openJudge } from "../../lib/eval/open_judge.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methodTraining } from "../../lib/methods/base/method_training.ts";
import { exists } from "../../lib/system/exists.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import { PERPLEXITY } from "../../lib/train/best.ts";
import { isOwnJudge, locateNamedJudge } from "./judge_place.ts";
import { runFolder } from "./run_folders.ts";

/** What is trained, by which method. */
interface JudgedRun {
  readonly config: Config;
  readonly method: Method;
}

/**
 * The judge of the texts of validations, if there are to be texts and one.
 *
 * @throws {ConfigError} if the metric for the best checkpoint is none that is measured.
 * @throws {CheckpointError} if the judge is missing or damaged.
 */
export async function openRunJudge(
  gpu: Gpu,
  { config, method }: JudgedRun,
): Promise<Judge | undefined> {
  const { evalSamples, evalJudge, keepBest } = methodTraining(config, method).train;
  const ofTexts = evalSamples === 0
    ? []
    : [...metricNames(config.data), ...(evalJudge === null ? [] : [PERPLEXITY])];
  const names = ["loss", ...ofTexts];
  if (keepBest !== null && !names.includes(keepBest)) {
    const mend = keepBest === PERPLEXITY ? "; set train.evalJudge to have one" : "";
    throw new ConfigError(
      `train.keepBest: expected ${names.join(" or ")}, found ${keepBest}${mend}`,
    );
  }
  if (evalJudge === null) return undefined;
  return await openJudge(await locateRunJudge(config, evalJudge), { gpu });
}

/** Finds the judge that `train.evalJudge` names. */
async function locateRunJudge(config: Config, name: string): Promise<JudgeLocation> {
  const own = runFolder(config, "ar");
  if (!isOwnJudge(config, name)) return await locateNamedJudge("train.evalJudge", name);
  if ((await listCheckpoints(own)).length > 0) return await locateJudge(own);
  const [lack, train] = await exists(own)
    ? [
      "has no checkpoint yet",
      `${taskCommand("train", ["--resume", own])}, if it is not under way`,
    ]
    : [
      "is not there",
      `${taskCommand("train-ar")} with the same recipe and --name ${config.name}`,
    ];
  throw new CheckpointError(
    `train.evalJudge: ${name} is the autoregressive model of this recipe, whose run ` +
      `${pathForCaller(own)} ${lack}. Train it first, by ${train}, or name another judge.`,
  );
}

/**
 * By what the best checkpoint of a training is kept instead of what its configuration says, in
 * words; null if that is measured.
 */
export function otherBest({ config, method }: JudgedRun): string | null {
  const asked = trainingConfig(config, method.section).train.keepBest;
  const { keepBest } = methodTraining(config, method).train;
  if (asked === keepBest) return null;
  const why = method.writer === null ? `${method.title}s write none` : "none are written";
  return `train.keepBest is ${asked}, which is measured of texts, but ${why}: the best ` +
    `checkpoint is that of the least loss`;
}
