import { assertEquals } from "@std/assert";
import type { CardEvent } from "../../../bench/card/events.ts";
import { training } from "../../../bench/card/training.ts";
import { openDryGpu } from "../../../lib/gpu/dry.ts";

/**
 * What a step of a recipe comes to on a device that binds so many bytes, with all time and memory.
 */
async function stepOn(name: string, maxBindingBytes: number): Promise<unknown> {
  using gpu = openDryGpu({ kind: "cpu", maxBindingBytes });
  const told: CardEvent[] = [];
  const items = await training.items({
    ...{ gpu, backend: "builtin", memoryBytes: Infinity, flops: Infinity },
    left: () => 0,
    share: () => 0,
    tell: (event) => told.push(event),
  });
  const why = await items.find((item) => item.name === `step of ${name}, f32`)!.run();
  const figure = told.find(({ event }) => event === "figure");
  return why ?? (figure as { shape: string }).shape;
}

Deno.test("a step of a recipe has the most blocks that a device can bind", async () => {
  assertEquals(await stepOn("owt", 2 ** 31 - 1), "16 blocks of 1024");
  // 16 blocks have 144 MiB of queries, keys and values.
  assertEquals(await stepOn("owt", 128 << 20), "8 blocks of 1024");
});

Deno.test("a step of a recipe is left out where not even a block can be bound", async () => {
  assertEquals(
    await stepOn("owt", 8 << 20),
    "even a block at a time is too much: A buffer of 9437184 bytes was asked for, but this adapter " +
      "binds at most 8388608 bytes at once. Use a smaller batch, length or model.",
  );
});
