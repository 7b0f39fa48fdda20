/**
 * Tests of the threads that tokenize.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import {
  encodeInOrder,
  type EncoderPool,
  WorkerPool,
} from "../../../lib/data/preprocess/encoder_pool.ts";
import { CORPUS_START, type TextBatch } from "../../../lib/data/preprocess/text_batches.ts";
import { DataError } from "../../../lib/errors.ts";
import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";

const { fingerprint } = await createTokenizer("letters");
const setup = { tokenizer: "letters", tokenizerFile: null, fingerprint, detokenizer: null };

function batchOf(text: string, open: Partial<TextBatch> = {}): TextBatch {
  const closed = { continues: false, open: false };
  return { split: "train", texts: [text], faults: [], next: CORPUS_START, ...closed, ...open };
}

/** The ids of batches as a pool gives them. */
async function encodeAll(pool: EncoderPool, batches: readonly TextBatch[]): Promise<number[][]> {
  const found: number[][] = [];
  for await (const { ids } of encodeInOrder(ReadableStream.from(batches), pool)) {
    found.push([...ids]);
  }
  return found;
}

Deno.test("WorkerPool gives batches back in their order, whichever worker is slow", async () => {
  using pool = new WorkerPool(3, setup);
  const batches = Array.from({ length: 40 }, (_, i) => batchOf("b".repeat(i % 4 === 0 ? 1e5 : i)));
  const lengths = batches.map(({ texts }) => texts[0]!.length);
  const found = await encodeAll(pool, batches);
  assertEquals(found.map(({ length }) => length), lengths);
  assertEquals(found[1], [3]);
});

Deno.test("WorkerPool refuses a worker whose tokenizer is another one", async () => {
  using pool = new WorkerPool(2, { ...setup, fingerprint: "0123" });
  await assertRejects(
    () => encodeAll(pool, [batchOf("a"), batchOf("b"), batchOf("c")]),
    DataError,
    `The tokenizer letters of a worker is not the one that was given: its fingerprint is ` +
      `${fingerprint}, expected 0123.`,
  );
});
