import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Parameter } from "../../lib/ops/parameter.ts";
import { headLogits, rowChunks } from "../../lib/ops/head.ts";
import { Value } from "../../lib/ops/tape.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("rowChunks() covers all rows in chunks of nearly equal height", (gpu) => {
  assertEquals(rowChunks(gpu, 5, 10, 1000), [{ rowStart: 0, rows: 5 }]);
  assertEquals(rowChunks(gpu, 5, 10, 80), [
    { rowStart: 0, rows: 2 },
    { rowStart: 2, rows: 2 },
    { rowStart: 4, rows: 1 },
  ]);
  // 50 rows fit at once; 100 make two chunks, of a multiple of 16 rows but for the last.
  assertEquals(rowChunks(gpu, 80, 10, 2000), [
    { rowStart: 0, rows: 48 },
    { rowStart: 48, rows: 32 },
  ]);
  assertThrows(() => rowChunks(gpu, 5, 10, 39), GpuError, "A row of 10 logits takes 40 bytes");
});

gpuTest("headLogits() writes the capped logits of some rows, window by window", async (gpu) => {
  const [M, H, V, first] = [7, 5, 23, 9];
  const h = randomNumbers(M * H, 1);
  const w = randomNumbers(V * H, 2);
  const b = randomNumbers(V, 3);
  using hidden = gpu.tensor(h, [M, H]);
  using upper = new Value(gpu.tensor(w.subarray(0, first * H), [first, H]), false);
  using lower = new Value(gpu.tensor(w.subarray(first * H), [V - first, H]), false);
  using biasValue = new Value(gpu.tensor(b), false);
  const weight = new Parameter("w", [V, H], [
    { rowStart: 0, rows: first, value: upper },
    { rowStart: first, rows: V - first, value: lower },
  ]);
  const bias = new Parameter("b", [V], [{ rowStart: 0, rows: V, value: biasValue }]);
  using target = gpu.empty([3, V]);
  for (const logitCap of [null, 0.75]) {
    headLogits(gpu, hidden, weight, bias, { logitCap, rowStart: 2, rows: 3, target });
    const expected = Float64Array.from({ length: 3 * V }, (_, i) => {
      const v = i % V;
      let sum = b[v]!;
      for (let k = 0; k < H; k++) sum += h[(2 + Math.floor(i / V)) * H + k]! * w[v * H + k]!;
      return logitCap === null ? sum : logitCap * Math.tanh(sum / logitCap);
    });
    assertClose(await gpu.read(target), expected, 1e-6, `logits with cap ${logitCap}`);
  }
  assertThrows(
    () => headLogits(gpu, hidden, weight, bias, { logitCap: null, rowStart: 0, rows: 2, target }),
    GpuError,
    "2 rows of hidden states",
  );
});
