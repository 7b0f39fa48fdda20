/**
 * Tests of what texts have from the training text.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { PackingName } from "../../lib/config/config.ts";
import { memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { createPacker } from "../../lib/data/shards/packing.ts";
import { DataError } from "../../lib/errors.ts";
import { PASSAGE_TOKENS, TrainingText } from "../../lib/eval/training_text.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";

const tokenizer = await createTokenizer("text8");
const TEXTS = ["the ships went out to sea", "so it goes", "and so it went on and on and on"];

function trainedOn(texts: readonly string[], length: number, packing: PackingName): TrainingText {
  const { bosId, eosId } = tokenizer;
  const packer = createPacker({ length, bosId, eosId, padId: tokenizer.padId, packing });
  const blocks = texts.flatMap((text) => [
    ...packer.push(tokenizer.encode(text)),
    ...packer.endText(),
  ]);
  const tokens = Uint32Array.from(blocks.flatMap((block) => [...block]));
  return new TrainingText(memoryBlocks(tokens, length), packing, tokenizer);
}

Deno.test("TrainingText knows the words of texts that go on from block to block", () => {
  const training = trainedOn([...TEXTS, "x".repeat(20)], 8, "stream");
  assertEquals(training.knownWords(["ships went on", "so  sea\ngoes"]), 1);
  assertEquals(training.knownWords(["ship wents on", "x"]), 1 / 4);
  assertEquals(training.knownWords(["", "  "]), null);
});

Deno.test("TrainingText finds passages, of one text and without specials", () => {
  const training = trainedOn([...TEXTS, "x".repeat(20)], 8, "stream");
  const ids = (text: string) => tokenizer.encode(text);
  assertEquals(PASSAGE_TOKENS, 8);
  assertEquals(training.copiedPassages([ids("ships went")]), 1);
  assertEquals(training.copiedPassages([ids("ships go")]), 0);
  // Of the four passages of eleven tokens the first two are.
  assertAlmostEquals(training.copiedPassages([ids("so it goesxx")])!, 3 / 5, 1e-12);
  const across = [...ids("to sea"), tokenizer.eosId, ...ids("so it")];
  assertEquals(training.copiedPassages([across]), null);
  assertEquals(
    training.copiedPassages([[tokenizer.bosId, ...ids("went out"), tokenizer.eosId]]),
    1,
  );
  // The end of a text and the beginning of the next are no passage.
  assertEquals(training.copiedPassages([ids("seaso it")]), 0);
});

Deno.test("TrainingText reads blocks that are texts by themselves", () => {
  const training = trainedOn(["the ships", "went outs"], 9, "unwrapped");
  assertEquals(training.knownWords(["the ships went outs"]), 1);
  assertEquals(training.copiedPassages([tokenizer.encode("shipswen")]), 0);
});

Deno.test("TrainingText refuses what does not fit the memory", () => {
  const blocks = { numBlocks: 2 ** 27, length: 4, read() {} };
  assertThrows(
    () => new TrainingText(blocks, "stream", tokenizer),
    DataError,
    "The training text has 536870912 tokens",
  );
});
