/**
 * The settings of one stage of the chain.
 *
 * @module
 */

import type { Config, Inherited, OptimConfig, TrainConfig } from "./types.ts";

/** The stages that have settings of their own. */
export type TrainingSection = "distill" | "secondStage" | "ar";

/** Length and optimizer of a stage: its own settings over those of the first training. */
export function trainingConfig(
  config: Config,
  stage: TrainingSection,
): { train: TrainConfig; optim: OptimConfig } {
  const { train, optim } = config[stage];
  return { train: inherit(config.train, train), optim: inherit(config.optim, optim) };
}

/** A key of the sections train and optim that a stage does not heed. */
export interface UnheededKey {
  /** The key. */
  readonly key: string;
  /** The stage's own, which counts. */
  readonly own: string;
  /** Its value. */
  readonly value: unknown;
}

/** Those of some keys that a stage does not heed, since it has settings of its own for them. */
export function unheededKeys(
  config: Config,
  stage: TrainingSection,
  keys: readonly string[],
): UnheededKey[] {
  return (["train", "optim"] as const).flatMap((section) =>
    Object.entries(config[stage][section])
      .filter(([name, value]) => value !== null && keys.includes(`${section}.${name}`))
      .map(([name, value]) => ({
        key: `${section}.${name}`,
        own: `${stage}.${section}.${name}`,
        value,
      }))
  );
}

function inherit<T extends object>(base: T, own: Inherited<T>): T {
  const set = Object.entries(own).filter(([, value]) => value !== null);
  return { ...base, ...Object.fromEntries(set) };
}
