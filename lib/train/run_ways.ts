/**
 * In which ways the products of a run are computed: sums depend on them in their last bits, so that
 * a run that goes on keeps those that it had.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { BACKENDS } from "../gpu/backend.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { TunedWays, useWays, waysOf } from "../ops/ways.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Ranks } from "./ranks.ts";
import type { TakenRun } from "./take_run.ts";

/** What the products of a run follow from. */
export interface RunSizes {
  /** Where it is trained. */
  readonly gpu: Gpu;
  /** What is trained. */
  readonly config: Config;
  /** Its tokens. */
  readonly tokens: Pick<Tokenizer, "vocabSize" | "padId">;
  /** Processes that share a batch. */
  readonly cards: number;
}

/**
 * Why products are computed in other ways than before: what was found is for another `adapter`,
 * whose name is given; this program does not know the ways of some `products`; or until now they
 * were the usual ones.
 */
export type WaysChange =
  | { readonly reason: "adapter"; readonly adapter: string }
  | { readonly reason: "unknown"; readonly products: readonly string[] }
  | { readonly reason: "tuned" };

/** How the ways of a run are settled. */
export interface WaysOptions {
  /**
   * Finds the ways in which the device is to compute the products of the run, before memory is
   * taken for it; not called where its checkpoint says those of this device. The usual ways unless
   * given.
   */
  tune?: (run: RunSizes) => Promise<void>;
  /** When a run goes on with products that are computed in other ways than before. */
  onOtherWays?: (change: WaysChange) => void;
}

/**
 * Has a device compute the products of a run as its checkpoint says, or as is found now. What is
 * returned has it compute as before when it is disposed of.
 *
 * @throws {unknown} What `tune` throws.
 */
export async function settleWays(
  gpu: Gpu,
  { config, tokenizer: { vocabSize, padId }, previous }: TakenRun,
  cards: number,
  { tune, onOtherWays }: WaysOptions,
): Promise<Disposable> {
  const before = waysOf(gpu);
  using settled = new DisposableStack();
  settled.defer(() => useWays(gpu, before));
  const { adapter, backend = BACKENDS[0], ways } = previous?.state ?? {};
  const isHere = adapter === gpu.adapterName && backend === gpu.backend;
  if (isHere && ways !== undefined) {
    const own = new TunedWays(gpu, ways);
    useWays(gpu, own);
    if (own.unknown.length > 0) onOtherWays?.({ reason: "unknown", products: own.unknown });
  } else {
    await tune?.({ gpu, config, tokens: { vocabSize, padId }, cards });
    if (ways !== undefined) onOtherWays?.({ reason: "adapter", adapter: adapter! });
    else if (isHere && waysOf(gpu) !== null) onOtherWays?.({ reason: "tuned" });
  }
  return settled.move();
}

/** Has the devices of all ranks compute products as that of rank 0 does. */
export async function shareWays(gpu: Gpu, ranks: Ranks): Promise<void> {
  if (ranks.numRanks === 1) return;
  const record = await ranks.share(waysOf(gpu)?.record ?? null);
  useWays(gpu, record === null ? null : new TunedWays(gpu, record));
}
