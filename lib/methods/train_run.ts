/**
 * Training runs by method.
 *
 * @module
 */

import type { Frozen } from "../checkpoint/frozen.ts";
import { runTraining, type RunTrainingOptions, type TrainRunResult } from "../train/run.ts";
import type { Method } from "./base/method.ts";
import { methodOf } from "./table.ts";

/** What {@linkcode trainRun} needs. */
export interface TrainRunOptions extends Omit<RunTrainingOptions, "training"> {
  /** What is trained; the configuration's `method` unless given. */
  method?: Method;
  /** The frozen models that it learns from, by what they are to it; none unless given. */
  frozen?: Readonly<Record<string, Frozen>>;
}

/**
 * Trains a model, or goes on training it. A run that is at its end already stays as it is.
 *
 * @example Train on the token shards of a configuration
 * ```ts no-eval
 * import { Gpu, loadConfig, trainRun } from "@flm/flm";
 *
 * using gpu = await Gpu.open();
 * const config = await loadConfig("data/demo.yaml");
 * const { checkpoint } = await trainRun({ gpu, config, run: "runs/demo", resume: false });
 * ```
 *
 * @throws {ConfigError} if there is no such method.
 * @throws {FlmError} as {@linkcode runTraining}.
 */
export async function trainRun(
  { method, frozen = {}, ...options }: TrainRunOptions,
): Promise<TrainRunResult> {
  const { config } = options;
  const chosen = method ?? methodOf(config.method);
  return await runTraining({
    ...options,
    training: (tokenizer) => chosen.training({ config, tokenizer, frozen }),
  });
}
