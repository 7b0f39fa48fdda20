/**
 * What a training takes before it is begun: the memory that it holds, and the operations of a step.
 *
 * @example What a step takes, with the memory that it needs
 * ```ts
 * import { assert } from "@std/assert";
 * import { parseConfig } from "@flm/flm";
 * import { methodOf } from "@flm/flm/methods";
 * import { planTraining, tokenSizesOf } from "@flm/flm/planning";
 *
 * const config = parseConfig({
 *   name: "mine",
 *   data: {
 *     source: { kind: "file", path: "mine.txt" },
 *     tokenizer: "text8",
 *     length: 32,
 *     dir: "shards/mine",
 *   },
 *   model: { hiddenSize: 64, numBlocks: 2, numHeads: 2 },
 *   train: { numSteps: 1000, batchSize: 32 },
 * });
 * const tokens = await tokenSizesOf(config.data);
 * const { peak, flops } = await planTraining({ config, method: methodOf("flm"), tokens });
 * assert(peak > 0 && flops > 0);
 * ```
 *
 * @module
 */

export type { DryRunOptions, StandingBytes } from "./dry_run.ts";
export type { PlannedTraining, TokenSizes } from "./dry_training.ts";
export {
  largestMicroBatch,
  planSettings,
  type Setting,
  type SettingPlan,
  SETTINGS,
  USABLE_SHARE,
} from "./settings.ts";
export { tokenSizesOf } from "./token_sizes.ts";
export {
  type MemoryPlan,
  planMemory,
  type PlannedBytes,
  planTraining,
  type TrainingPlan,
} from "./training_plan.ts";
