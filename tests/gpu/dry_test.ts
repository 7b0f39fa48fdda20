import { assertEquals, assertThrows } from "@std/assert";
import { OutOfMemoryError } from "../../lib/errors.ts";
import { openDryGpu } from "../../lib/gpu/dry.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { gpuTest } from "../testing/gpu.ts";
import { tinyTrainer } from "../testing/tiny_model.ts";

/** Counts of a few steps. */
async function countsOf(gpu: Gpu) {
  gpu.trim();
  gpu.resetPeak();
  gpu.startProfile();
  const dispatches = gpu.dispatches;
  using training = tinyTrainer(gpu, new Uint32Array(20 * 9), { batchSize: 6, numMicroBatches: 2 });
  for (let i = 0; i < 3; i++) await training.trainer.recordStep();
  await training.trainer.drain();
  const rows = await gpu.endProfile();
  return {
    memory: gpu.memory(),
    dispatches: gpu.dispatches - dispatches,
    kernels: Object.fromEntries(rows.map(({ kernel, seconds: _, ...row }) => [kernel, row])),
  };
}

gpuTest("a dry device counts what a device counts: memory, kernels, operations", async (gpu) => {
  const expected = await countsOf(gpu);
  using dry = openDryGpu({ kind: gpu.kind, maxBindingBytes: gpu.maxBindingBytes });
  assertEquals(await countsOf(dry), expected);
});

Deno.test("a dry device computes nothing: what is read back is zeros", async () => {
  using dry = openDryGpu();
  assertEquals([dry.kind, dry.maxBindingBytes], ["gpu", 2 ** 31 - 1]);
  using x = dry.tensor(Float32Array.of(1, 2, 3));
  assertEquals([...await dry.read(x)], [0, 0, 0]);
  await dry.finish();
});

Deno.test("a dry device's memory ends where it is told, and comes back when it is freed", () => {
  using dry = openDryGpu({ memoryBytes: 3 << 20 });
  const first = dry.empty([1 << 18]);
  using _second = dry.empty([1 << 18]);
  assertThrows(() => dry.empty([1 << 18]), OutOfMemoryError, "There is no memory left");
  first.release();
  dry.trim();
  using image = dry.emptyImage(1 << 14);
  assertEquals(image.byteLength, 3 << 15);
  using _third = dry.empty([200_000]);
  assertThrows(() => dry.emptyImage(1 << 18), OutOfMemoryError, "There is no memory left");
});
