/**
 * Settings of a training that change its memory and not its weights, side by side.
 *
 * @module
 */

import type { TrainPrecision } from "../config/config.ts";
import { trainingConfig } from "../config/training_config.ts";
import { OutOfMemoryError } from "../errors.ts";
import type { Recompute } from "../model/network.ts";
import { beginWork } from "../system/long_work.ts";
import type { DryRunOptions } from "./dry_run.ts";
import { type MemoryPlan, planMemory, planTraining, type TrainingPlan } from "./training_plan.ts";

/** A way to compute a training. */
export interface Setting {
  /** In what precision. */
  readonly precision: TrainPrecision;
  /** What is computed again in place of being kept. */
  readonly recompute: Recompute;
}

/** All settings, in either precision from the one that takes the most memory on. */
export const SETTINGS: readonly Setting[] = (["f32", "mixed"] as const).flatMap((precision) =>
  (["none", "mlp", "block"] as const).map((recompute) => ({ precision, recompute }))
);

/** What a setting makes of a training. */
export interface SettingPlan {
  /** The setting. */
  readonly setting: Setting;
  /** At the micro-batches that are asked for; null if a buffer would be larger than a binding. */
  readonly asked: MemoryPlan | null;
  /** At the largest micro-batches that fit; null if none do. */
  readonly largest: TrainingPlan | null;
}

/** The part of a card's memory that is planned with: the driver and others take some, too. */
export const USABLE_SHARE = 0.95;

/**
 * Plans a training with each of the settings.
 *
 * @param memoryBytes Memory of a card, of which {@linkcode USABLE_SHARE} is used; without a bound
 * only that of bindings counts.
 * @throws {DataError} if the cards cannot share its batch evenly.
 */
export async function planSettings(
  options: DryRunOptions,
  memoryBytes = Infinity,
): Promise<SettingPlan[]> {
  const plans: SettingPlan[] = [];
  using work = beginWork(`plan ${options.method.title}`, SETTINGS.length, "setting");
  for (const setting of SETTINGS) {
    const own = { ...options, ...setting };
    const asked = await unlessTooLarge(() => planMemory(own));
    const size = await largestMicroBatch(own, memoryBytes);
    const largest = size === null ? null : await planTraining({ ...own, microBatchSize: size });
    plans.push({ setting, asked, largest });
    work.add(1);
  }
  return plans;
}

/**
 * The largest micro-batch size with which a training fits, of those that divide a card's share of
 * the batch; null if not even single blocks fit. Others may take twice the memory: a last part that
 * is smaller has buffers of its own.
 */
export async function largestMicroBatch(
  options: DryRunOptions,
  memoryBytes = Infinity,
): Promise<number | null> {
  const { config, method: { section }, cards = 1 } = options;
  const sizes = sizesOf(trainingConfig(config, section).train.batchSize / cards);
  const device = { ...options.device, memoryBytes: USABLE_SHARE * memoryBytes };
  // sizes[i] fits from i = least on, since it takes the less the further on it is.
  let [least, end] = [0, sizes.length];
  while (least < end) {
    const middle = Math.floor((least + end) / 2);
    const tried = { ...options, device, microBatchSize: sizes[middle]! };
    if (await unlessTooLarge(() => planMemory(tried)) !== null) end = middle;
    else least = middle + 1;
  }
  return sizes[least] ?? null;
}

/** The sizes that divide a share, from the whole of it down to 1. */
function sizesOf(share: number): number[] {
  return Array.from({ length: share }, (_, i) => share - i).filter((size) => share % size === 0);
}

async function unlessTooLarge<T>(plan: () => Promise<T>): Promise<T | null> {
  try {
    return await plan();
  } catch (error) {
    if (error instanceof OutOfMemoryError) return null;
    throw error;
  }
}
