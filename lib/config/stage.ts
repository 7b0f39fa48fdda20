/**
 * The settings of one stage of the chain.
 *
 * @module
 */

import type { Config, Inherited, OptimConfig, TrainConfig } from "./types.ts";

/** The stages that have settings of their own. */
export type StageName = "distill" | "secondStage" | "ar";

/** Length and optimizer of a stage: its own settings over those of the first training. */
export function stageConfig(
  config: Config,
  stage: StageName,
): { train: TrainConfig; optim: OptimConfig } {
  const { train, optim } = config[stage];
  return { train: inherit(config.train, train), optim: inherit(config.optim, optim) };
}

function inherit<T extends object>(base: T, own: Inherited<T>): T {
  const set = Object.entries(own).filter(([, value]) => value !== null);
  return { ...base, ...Object.fromEntries(set) };
}
