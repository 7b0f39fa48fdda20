import { assert, assertEquals } from "@std/assert";
import { parseConfig } from "../../lib/config/config.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { largestMicroBatch, planSettings, USABLE_SHARE } from "../../lib/planning/settings.ts";
import { planMemory } from "../../lib/planning/training_plan.ts";

const config = parseConfig({
  name: "large",
  data: { source: { kind: "letters" }, length: 128, dir: "shards/none" },
  model: { hiddenSize: 256, numBlocks: 4, numHeads: 4 },
  train: { numSteps: 1000, batchSize: 60, microBatchSize: 10 },
});
const options = { config, method: methodOf("flm"), tokens: { vocabSize: 3000, padId: null } };

Deno.test("largestMicroBatch() finds the largest that fits, and nothing where none does", async () => {
  const heldAt = async (microBatchSize: number, cards = 1) =>
    (await planMemory({ ...options, microBatchSize, cards })).held;
  // The recorder's own buffer and what is read back come on top of what the pools hold.
  const memory = async (size: number) => (await heldAt(size) + (1 << 20)) / USABLE_SHARE;
  assertEquals(await largestMicroBatch(options), 60);
  assertEquals(await largestMicroBatch({ ...options, cards: 2 }), 30);
  assertEquals(await largestMicroBatch(options, await memory(60)), 60);
  assertEquals(await largestMicroBatch(options, await memory(30)), 30);
  assertEquals(await largestMicroBatch(options, await memory(30) - (4 << 20)), 20);
  assertEquals(await largestMicroBatch(options, await memory(15)), 15);
  assertEquals(await largestMicroBatch(options, await memory(1)), 1);
  assertEquals(await largestMicroBatch(options, await heldAt(1) / 2), null);
});

Deno.test("planSettings() takes less memory and more operations from setting to setting", async () => {
  const { held } = await planMemory(options);
  const plans = await planSettings(options, 1.2 * held);
  const recompute = ["none", "mlp", "block"];
  assertEquals(plans.map(({ setting }) => setting.recompute), [...recompute, ...recompute]);
  const precisions = plans.map(({ setting }) => setting.precision);
  assertEquals(precisions, [...Array(3).fill("f32"), ...Array(3).fill("mixed")]);
  assertEquals(plans[0]!.asked!.held, held);
  for (const [i, { asked, largest }] of plans.entries()) {
    assertEquals([asked!.microBatchSize, asked!.recompute], [10, plans[i]!.setting.recompute]);
    assert(largest!.held <= USABLE_SHARE * 1.2 * held);
    assertEquals(asked!.precision, precisions[i]);
    if (i % 3 === 0) continue;
    const before = plans[i - 1]!;
    assert(asked!.held < before.asked!.held);
    assert(largest!.microBatchSize >= before.largest!.microBatchSize);
    assert(largest!.flops > before.largest!.flops);
  }
  assert(plans[2]!.largest!.microBatchSize > plans[0]!.largest!.microBatchSize);
  assert(plans[3]!.asked!.held < plans[0]!.asked!.held);
});

Deno.test("planSettings() gives none where a binding is too small or there is no memory", async () => {
  // A row of the widest activations of a block of 10 is 4 KiB, of which there are 1280.
  const narrow = await planSettings({ ...options, device: { maxBindingBytes: 4 << 20 } });
  assertEquals(narrow.map(({ asked }) => asked), Array(6).fill(null));
  const sizes = narrow.map(({ largest }) => largest?.microBatchSize);
  // Of 10 blocks and more they are too wide, and 7 to 9 do not divide 60.
  assertEquals(sizes.slice(0, 3), [6, 6, 6]);
  // In f16 they are half as many bytes.
  assert(sizes.slice(3).every((size) => size! >= 6));
  const none = await planSettings(options, 1e6);
  assertEquals(none.map(({ largest }) => largest), Array(6).fill(null));
});
