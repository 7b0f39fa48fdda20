/**
 * Losses of an output projection whose weight lies in a parameter store, in as many windows as the
 * device needs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import type { BiasedHead } from "../../lib/ops/head.ts";
import { scale } from "../../lib/ops/scale.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, randomNumbers } from "./check_op.ts";

/** What {@linkcode runInStore} found. */
export interface HeadRun {
  /** Windows of the weight. */
  windows: number;
  /** Bytes that both passes took at most, beyond what was there. */
  peak: number;
  /** [M]. */
  loss: Float32Array;
  /** The gradient of the rows, [M, H]. */
  dHidden: Float32Array;
  /** That of the weight, [V, H]. */
  dWeight: Float32Array;
  /** That of the bias, [V]. */
  dBias: Float32Array;
}

/**
 * Records the losses [M] of random rows [M, H] under a projection to V logits, and goes back from a
 * random gradient, which `record` is told, too.
 */
export async function runInStore(
  gpu: Gpu,
  [M, V, H]: readonly [number, number, number],
  record: (tape: Tape, hidden: Value, head: BiasedHead, upstream: Tensor) => Value,
): Promise<HeadRun> {
  using store = new ParameterStore(gpu, [
    { name: "w", shape: [V, H], init: { kind: "constant", value: 0 } },
    { name: "b", shape: [V], init: { kind: "constant", value: 0 } },
  ], true);
  store.write("w", randomNumbers(V * H, 1));
  store.write("b", randomNumbers(V, 2));
  const head = { weight: store.get("w"), bias: store.get("b"), logitCap: 5 };
  using tape = new Tape(gpu, true);
  using leaf = new Value(gpu.tensor(randomNumbers(M * H, 3), [M, H]), true);
  using hidden = scale(tape, leaf, 1);
  gpu.resetPeak();
  const start = gpu.memory().inUse;
  const dloss = randomNumbers(M, 4);
  using upstream = gpu.tensor(dloss);
  using loss = record(tape, hidden, head, upstream);
  loss.addGrad(gpu, (target) => gpu.write(target, dloss));
  tape.backwardFromGrads();
  const run = {
    windows: head.weight.windows.length,
    peak: gpu.memory().peak - start,
    loss: await gpu.read(loss.tensor),
    dHidden: await gpu.read(leaf.grad!),
    dWeight: await store.read("w", "grad"),
    dBias: await store.read("b", "grad"),
  };
  leaf.dropGrad();
  return run;
}

/** Fails unless a run with the weight in two windows found what one with all of it in one did. */
export function assertSplit(split: HeadRun, whole: HeadRun): void {
  assertEquals([whole.windows, split.windows], [1, 2]);
  assertClose(split.loss, whole.loss, 1e-6, "loss");
  assertClose(split.dHidden, whole.dHidden, 2e-6, "gradient of hidden");
  assertClose(split.dWeight, whole.dWeight, 2e-6, "gradient of the weight");
  assertClose(split.dBias, whole.dBias, 2e-6, "gradient of the bias");
}
