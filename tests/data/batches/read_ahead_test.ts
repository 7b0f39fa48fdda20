/**
 * Tests of reading training batches ahead.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { TrainingBatches } from "../../../lib/data/batches/batches.ts";
import { preprocess } from "../../../lib/data/preprocess/preprocess.ts";
import { ReadAhead } from "../../../lib/data/batches/read_ahead.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { DataError } from "../../../lib/errors.ts";
import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";
import { memoryCorpus } from "../memory_corpus.ts";
import { withFolder } from "../../testing/folder.ts";

const BATCH_SIZE = 6;

/** Runs a test with 40 blocks of 5 tokens in a folder, and their batches. */
async function withBatches(
  test: (folder: string, batches: TrainingBatches) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const texts = Array.from({ length: 41 }, (_, i) => String.fromCharCode(97 + i % 26).repeat(5));
    const tokenizer = await createTokenizer("letters");
    const shape = { length: 5, packing: "unwrapped", validationFraction: 0.01 } as const;
    const dir = `${folder}/shards`;
    await preprocess(memoryCorpus(texts), tokenizer, { dir, ...shape, maxShardBytes: 200 });
    using shards = await openShards(dir);
    const options = { seed: 3, batchSize: BATCH_SIZE };
    await test(dir, new TrainingBatches(shards.blocks("train"), options));
  });
}

/** Empties all shards. */
async function destroy(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".bin")) await Deno.truncate(`${folder}/${name}`);
  }
}

Deno.test("ReadAhead gives the batches in every slice", async () => {
  await withBatches(async (folder, batches) => {
    using ahead = new ReadAhead(batches, { folder, split: "train" });
    assertEquals([ahead.batchSize, ahead.padId], [BATCH_SIZE, null]);
    // From the middle, over the ends of epochs and of what is read together, and back.
    for (const step of [4, 5, 6, 7, 14, 15, 16, 17, 40, 0]) {
      await ahead.prepare(step);
      assertEquals(ahead.read(step), batches.read(step));
      for (const slice of [{ rank: 1, numRanks: 2, microBatch: 2, numMicroBatches: 3 }]) {
        assertEquals(ahead.read(step, slice), batches.read(step, slice));
      }
      assertEquals(ahead.read(step + 100), batches.read(step + 100), "one that was not announced");
    }
    assertThrows(() => ahead.read(0, { numRanks: 4 }), DataError, "cannot be divided evenly");
  });
});

Deno.test("ReadAhead reads ahead what a process takes of each batch, and only that", async () => {
  await withBatches(async (folder, batches) => {
    const share = { rank: 1, numRanks: 3 };
    const part = { ...share, microBatch: 1, numMicroBatches: 2 };
    const steps = [16, 17, 31];
    const expected = steps.map((step) => [batches.read(step, share), batches.read(step, part)]);
    using ahead = new ReadAhead(batches, { folder, split: "train", share });
    await ahead.prepare(16);
    await destroy(folder);
    assertEquals(steps.map((step) => [ahead.read(step, share), ahead.read(step, part)]), expected);
    for (const slice of [{}, { rank: 0, numRanks: 3 }]) {
      assertThrows(() => ahead.read(16, slice), DataError, "truncated");
    }
  });
});

Deno.test("ReadAhead has read the next batches when one is ready to be used", async () => {
  await withBatches(async (folder, batches) => {
    const expected = Array.from({ length: 33 }, (_, step) => batches.read(step));
    using ahead = new ReadAhead(batches, { folder, split: "train" });
    await ahead.prepare(0);
    await ahead.prepare(16);
    await destroy(folder);
    for (let step = 16; step < 32; step++) assertEquals(ahead.read(step), expected[step]);
    assertThrows(() => ahead.read(0), DataError, "truncated");
    assertThrows(() => ahead.read(32), DataError, "truncated");
  });
});

Deno.test("ReadAhead says what is wrong with shards where they are read", async () => {
  await withBatches(async (folder, batches) => {
    await destroy(folder);
    using ahead = new ReadAhead(batches, { folder, split: "train" });
    await ahead.prepare(0);
    assertThrows(() => ahead.read(0), DataError, "truncated");
    await ahead.prepare(1);
    assertThrows(() => ahead.read(1), DataError, "truncated");
  });
});

Deno.test("ReadAhead reads by itself when its thread has ended", async () => {
  await withBatches(async (folder, batches) => {
    const ahead = new ReadAhead(batches, { folder, split: "train" });
    await ahead.prepare(0);
    ahead[Symbol.dispose]();
    await ahead.prepare(5);
    assertEquals(ahead.read(5), batches.read(5));
  });
});
