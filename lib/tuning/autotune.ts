/**
 * The autotuner: before a training it tries the ways to compute each matrix product of a step, and
 * has the device take the fastest of those that are right. It is what `mode="max-autotune"` of
 * torch.compile is to the reference.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { RunToTune, Tune } from "../methods/train_run.ts";
import { castInto } from "../ops/cast.ts";
import { areRight } from "../ops/known_answers.ts";
import type { MatmulWay } from "../ops/matmul.ts";
import { candidatesOf } from "../ops/matmul_candidates.ts";
import { formatWay, parseWay } from "../ops/matmul_way.ts";
import { type Product, ProductMemory } from "../ops/product.ts";
import { canCompute, TunedWays, useWays, type WayRecord } from "../ops/ways.ts";
import { fillUniform } from "../random/fill.ts";
import { fastestWay } from "./contest.ts";
import { productsOfStep } from "./product_list.ts";
import { type Stopwatch, stopwatchOf } from "./stopwatch.ts";
import { WayStore } from "./way_store.ts";

/** Options of {@linkcode autotuner}. */
export interface AutotuneOptions {
  /**
   * Where what is found is kept for the next training, a file for each device; nowhere unless
   * given.
   */
  folder?: string;
  /** Takes the times; by what suits the device unless given. */
  measure?: Stopwatch;
  /** Stops the autotuner between two turns; what was found until then is kept. */
  signal?: AbortSignal;
  /** Before each product: how many are done, of how many, and its name. */
  onProduct?: (done: number, total: number, product: string) => void;
  /** When a way computes a product wrong: it is not used. */
  onWrong?: (way: string, product: string) => void;
  /** When the file of what was found before cannot be read: all is tried anew. */
  onUnreadable?: (error: DataError) => void;
  /** At the end. */
  onTuned?: (report: TuneReport) => void;
}

/** What the autotuner did. */
export interface TuneReport {
  /** Products of a step. */
  readonly products: number;
  /** Those of them that were tried now; of the others it was known. */
  readonly tried: number;
  /** Those that were tried now and are computed in another way than the usual one. */
  readonly changed: number;
}

/**
 * The autotuner for `trainRun`, as its `tune`. It tries the ways of the products of a step before
 * memory is taken for the network; a product takes its own memory while it is tried.
 *
 * @example Train with the fastest of the right ways
 * ```ts
 * import { Gpu, parseConfig, trainRun } from "@flm/flm";
 * import { autotuner } from "@flm/flm/tuning";
 *
 * const config = parseConfig({
 *   name: "mine",
 *   data: { source: { kind: "file", path: "mine.txt" }, length: 32, dir: "shards/mine" },
 *   model: { hiddenSize: 64, numBlocks: 2, numHeads: 2 },
 *   train: { numSteps: 1000, batchSize: 32 },
 * });
 * using gpu = await Gpu.open();
 * const tune = autotuner({ folder: "runs/.ways" });
 * await trainRun({ gpu, config, run: "runs/mine", resume: true, tune })
 *   .catch((error) => console.log(error.message));
 * ```
 */
export function autotuner(options: AutotuneOptions = {}): Tune {
  return async ({ gpu, config, method, tokens, cards }: RunToTune) => {
    const device = { kind: gpu.kind, maxBindingBytes: gpu.maxBindingBytes };
    await tuneProducts(
      gpu,
      await productsOfStep({ config, method, tokens, cards, device }),
      options,
    );
  };
}

/**
 * Finds the ways of some products, and has the device take them.
 *
 * @throws {FlmError} if what was found cannot be kept.
 * @throws {GpuError} if the device fails.
 * @throws {unknown} The signal's reason.
 */
export async function tuneProducts(
  gpu: Gpu,
  products: ReadonlyMap<string, Product>,
  options: AutotuneOptions = {},
): Promise<void> {
  const { folder, onProduct, onTuned } = options;
  const store = folder === undefined ? null : await WayStore.open(folder, gpu);
  const kept = await keptWays(store, options);
  const ways: Record<string, string> = {};
  let [tried, changed] = [0, 0];
  try {
    for (const [name, product] of products) {
      onProduct?.(Object.keys(ways).length, products.size, name);
      const known = await knownWay(gpu, product, kept[name]);
      if (known !== null) {
        ways[name] = known;
        continue;
      }
      const { way, isUsual } = await tuneProduct(gpu, name, product, options);
      ways[name] = formatWay(way);
      tried++;
      if (!isUsual) changed++;
    }
  } finally {
    if (tried > 0) await store?.write({ ...kept, ...ways });
    gpu.trim();
  }
  useWays(gpu, new TunedWays(gpu, ways));
  onTuned?.({ products: products.size, tried, changed });
}

/** What was found before. */
async function keptWays(
  store: WayStore | null,
  { onUnreadable }: AutotuneOptions,
): Promise<WayRecord> {
  try {
    return await store?.read() ?? {};
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    onUnreadable?.(error);
    return {};
  }
}

/** A way that was found before, if there is one and it is right here; else null. */
async function knownWay(
  gpu: Gpu,
  product: Product,
  word: string | undefined,
): Promise<string | null> {
  if (word === undefined) return null;
  const way = parseWay(word);
  if (way === null || !canCompute(gpu, way)) return null;
  const [isRight] = await areRight(gpu, product, [way]);
  return isRight ? word : null;
}

/** Tries the ways of a product. */
async function tuneProduct(
  gpu: Gpu,
  name: string,
  product: Product,
  { measure = stopwatchOf(gpu), signal, onWrong }: AutotuneOptions,
): Promise<{ way: MatmulWay; isUsual: boolean }> {
  signal?.throwIfAborted();
  // Before its memory is taken, other sizes need not be kept.
  gpu.trim();
  using memory = new ProductMemory(gpu, product, (tensor) => fill(gpu, tensor));
  const candidates = candidatesOf(gpu, memory.args);
  const verdicts = await areRight(gpu, product, candidates);
  const right = candidates.filter((way, i) => {
    if (!verdicts[i]!) onWrong?.(formatWay(way), name);
    return verdicts[i]!;
  });
  if (right.length === 0) return { way: { variant: "plain" }, isUsual: false };
  const way = await fastestWay(gpu, memory.args, right, { measure, signal });
  return { way, isUsual: way === candidates[0] };
}

/** Numbers from −1 to 1: a card that multiplies zeros is faster. */
function fill(gpu: Gpu, tensor: Tensor): void {
  const key = [1, 0] as const;
  if (tensor.dtype === "f32") return fillUniform(gpu, tensor, { key }, -1, 1);
  using numbers = gpu.empty(tensor.shape);
  fillUniform(gpu, numbers, { key }, -1, 1);
  castInto(gpu, numbers, tensor);
}
