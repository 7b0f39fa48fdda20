/**
 * Tests of how texts compare with real text.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { createPacker } from "../../lib/data/shards/packing.ts";
import { TrainingText } from "../../lib/eval/training_text.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { textTable } from "../../tasks/figures/text_table.ts";
import { measureText, qualityRows } from "../../tasks/measuring/text_quality.ts";
import { BigramJudge } from "../testing/bigram_judge.ts";

const tokenizer = await createTokenizer("text8");
const LENGTH = 14;

function trainingText(text: string): TrainingText {
  const { bosId, eosId } = tokenizer;
  const packer = createPacker({ length: LENGTH, bosId, eosId });
  const blocks = [...packer.push(tokenizer.encode(text)), ...packer.endText()];
  const tokens = Uint32Array.from(blocks.flatMap((block) => [...block]));
  return new TrainingText(memoryBlocks(tokens, LENGTH), "stream", tokenizer);
}

function sampleOf(text: string) {
  return { text, tokens: Uint32Array.from(tokenizer.encode(text)) };
}

Deno.test("measureText() says what texts have from the training text, and of each other", async () => {
  const measures = {
    judge: await BigramJudge.learn("so it goes and so it went on and on"),
    training: trainingText("so it goes and so it went on and on "),
    signal: new AbortController().signal,
  };
  const texts = ["so it goes", "so it goes", "no it gogo", "zzzz"].map(sampleOf);
  const found = await measureText("real text", texts, measures);
  assertEquals(found.title, "real text");
  assertEquals(found.knownWords, 7 / 10);
  assertEquals(found.copied, 6 / 9);
  assertEquals(found.distinct, 3 / 4);
  assert(found.perplexity! > 1 && found.entropy > 0);
  const way = { numSteps: 4, gamma: 0.5, temperature: 0.7, numSamples: 1, seed: 0 };
  const short = await measureText(way, [sampleOf("zzzz")], measures);
  assertEquals(short.title, "4 steps, gamma 0.5, temperature 0.7");
  assertEquals([short.knownWords, short.copied, short.entropy], [0, null, 0]);
  const lines = textTable(qualityRows([found, short])).split("\n");
  assertEquals(lines.length, 3);
  assert(/^texts +perplexity +entropy \(nats\) +known words +copied +distinct$/.test(lines[0]!));
  assert(/ 70\.0 % +66\.7 % +75\.0 %$/.test(lines[1]!), lines[1]);
  assert(/ 0\.0 % +none +100\.0 %$/.test(lines[2]!), lines[2]);
});
