/**
 * Trainings that run out of memory: what would fit.
 *
 * @module
 */

import { formatBytes } from "../../lib/cli/format.ts";
import { type Config, keyPrefix } from "../../lib/config/config.ts";
import { kebab } from "../../lib/config/key_names.ts";
import { OutOfMemoryError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { planSettings } from "../../lib/planning/settings.ts";
import { tokenSizesOf } from "../../lib/planning/token_sizes.ts";
import { settingsTable } from "./plan_text.ts";

/** A training that was cut off. */
export interface CutOffTraining {
  /** Where it ran. */
  readonly gpu: Gpu;
  /** Its configuration. */
  readonly config: Config;
  /** Its method. */
  readonly method: Method;
  /** The processes that trained together; 1 unless told. */
  readonly numRanks?: number;
}

/**
 * Adds to an error what the training takes with other settings, in as much memory as there was; the
 * error itself, if that cannot be told.
 */
export async function withPlan(
  error: OutOfMemoryError,
  { gpu, config, method, numRanks = 1 }: CutOffTraining,
): Promise<OutOfMemoryError> {
  // A buffer that is larger than a binding leaves the device as it was.
  const memory = hasFailed(gpu) ? gpu.memory().reserved : null;
  const device = { kind: gpu.kind, maxBindingBytes: gpu.maxBindingBytes };
  try {
    const tokens = await tokenSizesOf(config.data);
    const options = { config, method, tokens, device, cards: numRanks };
    const plans = await planSettings(options, memory ?? Infinity);
    const { section } = method;
    const key = (name: string) => `--${kebab(`${keyPrefix(section)}train.${name}`)}`;
    const where = memory === null
      ? "on this device"
      : `in the ${formatBytes(memory)} that it held by then`;
    return new OutOfMemoryError(
      `${error.message}\n\nWhat it takes ${where}:\n\n${settingsTable(plans, memory)}\n\n` +
        `Set ${key("microBatchSize")} and ${key("recompute")}; neither changes what is learned.`,
      { cause: error },
    );
  } catch {
    return error;
  }
}

/** Whether the device itself has reported an error. */
function hasFailed(gpu: Gpu): boolean {
  try {
    gpu.check();
    return false;
  } catch {
    return true;
  }
}
