import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { Ema, emaDecayAt } from "../../lib/train/ema.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

Deno.test("emaDecayAt() rises from 2/11 to the decay", () => {
  assertAlmostEquals(emaDecayAt(1, 0.9999), 2 / 11, 1e-15);
  assertAlmostEquals(emaDecayAt(90, 0.9999), 0.91, 1e-15);
  assertEquals(emaDecayAt(1e6, 0.9999), 0.9999);
  assertEquals(emaDecayAt(1, 0.1), 0.1);
});

gpuTest("Ema starts from the parameters and follows them", async (gpu) => {
  const init = { kind: "constant", value: 0 } as const;
  using store = new ParameterStore(gpu, [
    { name: "a", shape: [9, 11], init },
    { name: "b", shape: [3], init },
  ], true);
  const values = [1, 2, 3].map((seed) => randomNumbers(99, seed));
  store.write("a", values[0]!);
  using ema = new Ema(store, 0.2);
  assertEquals(await ema.parameters.read("a"), values[0]!);
  const expected = Float64Array.from(values[0]!);
  for (let n = 1; n <= 2; n++) {
    store.write("a", values[n]!);
    ema.update(n);
    const decay = Math.min(0.2, (1 + n) / (10 + n));
    for (const [i, p] of values[n]!.entries()) {
      expected[i] = decay * expected[i]! + (1 - decay) * p;
    }
  }
  assertClose(await ema.parameters.read("a"), expected, 1e-6, "average of a");
  assertEquals(await ema.parameters.read("b"), new Float32Array(3));
});
