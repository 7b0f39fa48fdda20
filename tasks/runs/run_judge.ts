/**
 * The judge of a training's validations.
 *
 * @module
 */

import type { Config, TrainConfig } from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import { metricNames, PERPLEXITY } from "../../lib/eval/metrics.ts";
import { openJudge } from "../../lib/eval/open_judge.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";

/**
 * The judge of the texts of validations, if there is to be one.
 *
 * @throws {ConfigError} if the metric for the best checkpoint is none that is measured.
 * @throws {CheckpointError} if the judge is missing or damaged.
 */
export async function openRunJudge(
  gpu: Gpu,
  { data }: Config,
  { evalJudge, keepBest }: TrainConfig,
): Promise<Judge | undefined> {
  const names = ["loss", ...metricNames(data), ...(evalJudge === null ? [] : [PERPLEXITY])];
  if (keepBest !== null && !names.includes(keepBest)) {
    const mend = keepBest === PERPLEXITY ? "; set train.evalJudge to have one" : "";
    throw new ConfigError(
      `train.keepBest: expected ${names.join(" or ")}, found ${keepBest}${mend}`,
    );
  }
  return evalJudge === null ? undefined : await openJudge(evalJudge, { gpu });
}
