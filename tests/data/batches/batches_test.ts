/**
 * Tests of training and validation batches.
 *
 * @module
 */
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  sliceBatch,
  TrainingBatches,
  ValidationBatches,
} from "../../../lib/data/batches/batches.ts";
import { memoryBlocks } from "../../../lib/data/shards/blocks.ts";
import { DataError } from "../../../lib/errors.ts";

const LENGTH = 3;

/** `count` blocks; block i is [i, i, i]. */
function numbered(count: number) {
  return memoryBlocks(Uint32Array.from({ length: count * LENGTH }, (_, i) => i / LENGTH), LENGTH);
}

/** The block numbers of a batch of {@linkcode numbered} blocks. */
function numbersOf(tokens: Uint32Array): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < tokens.length; i += LENGTH) {
    assertEquals([...tokens.subarray(i, i + LENGTH)], new Array(LENGTH).fill(tokens[i]));
    numbers.push(tokens[i]!);
  }
  return numbers;
}

Deno.test("TrainingBatches goes through all blocks once an epoch", () => {
  const batches = new TrainingBatches(numbered(7), { seed: 4, batchSize: 3 });
  const samples: number[] = [];
  for (let step = 0; step < 7; step++) samples.push(...numbersOf(batches.read(step)));
  const epochs = [samples.slice(0, 7), samples.slice(7, 14), samples.slice(14)];
  for (const epoch of epochs) {
    assertEquals(epoch.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6]);
  }
  assertNotEquals(epochs[0], epochs[1]);
  assertEquals(batches.epochAt(7), 3);
});

Deno.test("TrainingBatches.read() depends on seed and step only", () => {
  const fresh = () => new TrainingBatches(numbered(11), { seed: 8, batchSize: 4 });
  const running = fresh();
  for (let step = 0; step < 9; step++) {
    const tokens = running.read(step);
    assertEquals(tokens, fresh().read(step), `step ${step}`);
  }
  const other = new TrainingBatches(numbered(11), { seed: 9, batchSize: 4 });
  assertNotEquals(other.read(0), fresh().read(0));
});

Deno.test("TrainingBatches.read() divides a batch among ranks and micro-batches", () => {
  const batches = new TrainingBatches(numbered(5), { seed: 0, batchSize: 12 });
  const whole = numbersOf(batches.read(2));
  const parts: number[] = [];
  for (let rank = 0; rank < 2; rank++) {
    for (let microBatch = 0; microBatch < 3; microBatch++) {
      const slice = { rank, numRanks: 2, microBatch, numMicroBatches: 3 };
      const part = numbersOf(batches.read(2, slice));
      assertEquals(part.length, 2);
      parts.push(...part);
    }
  }
  assertEquals(parts, whole);
});

Deno.test("sliceBatch() makes micro-batches as equal as they can be, of all samples", () => {
  const slice = { numRanks: 2, numMicroBatches: 4 };
  const parts = [0, 1].flatMap((rank) =>
    [0, 1, 2, 3].map((microBatch) => sliceBatch(22, { ...slice, rank, microBatch }))
  );
  const counts = [3, 3, 3, 2, 3, 3, 3, 2];
  assertEquals(parts.map(({ count }) => count), counts);
  assertEquals(parts.map(({ offset }) => offset), [0, 3, 6, 9, 11, 14, 17, 20]);
});

Deno.test("sliceBatch() throws when a batch cannot be divided", () => {
  assertThrows(() => sliceBatch(10, { numRanks: 4 }), DataError, "must be a multiple of 4");
  assertThrows(() => sliceBatch(2, { numMicroBatches: 4 }), DataError, "batch of 2");
  assertThrows(() => sliceBatch(4, { rank: 2, numRanks: 2 }), DataError, "ranks are 0 to 1");
  assertThrows(() => sliceBatch(4, { microBatch: -1 }), DataError, "micro-batch -1");
});

Deno.test("ValidationBatches reads blocks in order, the last batch short", () => {
  const batches = new ValidationBatches(numbered(7), 3);
  assertEquals(batches.numBatches, 3);
  const read = [0, 1, 2].map((index) => numbersOf(batches.read(index)));
  assertEquals(read, [[0, 1, 2], [3, 4, 5], [6]]);
  assertThrows(() => batches.read(3), DataError, "batches are 0 to 2");
});

Deno.test("batches of no blocks throw", () => {
  assertThrows(() => new TrainingBatches(numbered(0), { seed: 0, batchSize: 1 }), DataError);
  assertThrows(() => new ValidationBatches(numbered(0), 1), DataError, "no blocks");
  for (const batchSize of [0, -1, 1.5, NaN]) {
    const message = "Expected a whole number of blocks in a batch";
    assertThrows(
      () => new TrainingBatches(numbered(2), { seed: 0, batchSize }),
      DataError,
      message,
    );
    assertThrows(() => new ValidationBatches(numbered(2), batchSize), DataError, message);
  }
});

Deno.test("memoryBlocks() throws when tokens or indices do not fit", () => {
  assertThrows(() => memoryBlocks(new Uint32Array(7), 3), DataError, "7 tokens");
  const blocks = numbered(2);
  assertThrows(() => blocks.read(2, new Uint32Array(3), 0), DataError, "No block 2");
});
