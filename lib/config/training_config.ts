/**
 * Length and optimizer of each training of a configuration.
 *
 * @module
 */

import type { Config, Inherited, OptimConfig, TrainConfig } from "./types.ts";

/** The section of a training that comes after the first one, or beside it. */
export type TrainingSection = "distill" | "secondStage" | "ar";

/** All of these sections. */
export const TRAINING_SECTIONS: readonly TrainingSection[] = ["distill", "secondStage", "ar"];

/** What stands before a training's own keys: `distill.` and the like, nothing for the first one. */
export function keyPrefix(section: TrainingSection | null): string {
  return section === null ? "" : `${section}.`;
}

/**
 * Length and optimizer of a training: what its section has of its own, and else what stands in
 * `train` and `optim`.
 *
 * @param section The training's; null for the first, which has no other than these two.
 */
export function trainingConfig(
  config: Config,
  section: TrainingSection | null,
): { train: TrainConfig; optim: OptimConfig } {
  if (section === null) return { train: config.train, optim: config.optim };
  const { train, optim } = config[section];
  return { train: inherit(config.train, train), optim: inherit(config.optim, optim) };
}

/** A key of the sections train and optim that a training does not heed. */
export interface UnheededKey {
  /** The key. */
  readonly key: string;
  /** The training's own, which counts. */
  readonly own: string;
  /** Its value. */
  readonly value: unknown;
}

/** Those of some keys that a training does not heed, since its section has them otherwise. */
export function unheededKeys(
  config: Config,
  section: TrainingSection,
  keys: readonly string[],
): UnheededKey[] {
  return (["train", "optim"] as const).flatMap((part) =>
    Object.entries(config[section][part])
      .filter(([name, value]) => value !== null && keys.includes(`${part}.${name}`))
      .map(([name, value]) => ({
        key: `${part}.${name}`,
        own: `${section}.${part}.${name}`,
        value,
      }))
  );
}

function inherit<T extends object>(base: T, own: Inherited<T>): T {
  const set = Object.entries(own).filter(([, value]) => value !== null);
  return { ...base, ...Object.fromEntries(set) };
}
