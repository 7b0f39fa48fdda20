/**
 * Texts scored by a judge.
 *
 * @module
 */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DataError, FlmError } from "../../lib/errors.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import { NumberTokenizer } from "../../tasks/parity/recorded_judge.ts";
import { BigramJudge } from "../testing/bigram_judge.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const CORPUS = "it was the best of times it was the worst of times ".repeat(3);
const TEXTS = ["the times", "", "it was", "q", "  ! ", "worst of the best of times", "was"];

/** The sum that a text should have, each piece of `size` characters after a BOS. */
function expectedNll(judge: BigramJudge, text: string, size = Infinity): number {
  let sum = 0;
  judge.tokenizer.encode(text).forEach((id, i, ids) => {
    sum += judge.nll(i % size === 0 ? judge.tokenizer.bosId : ids[i - 1]!, id);
  });
  return sum;
}

Deno.test("scoreTexts() scores every token of every text, in whatever batches", async () => {
  const judge = await BigramJudge.learn(CORPUS);
  const scores = await scoreTexts(judge, TEXTS);
  scores.forEach(({ nll, numScored, numCharacters }, i) => {
    const text = judge.tokenizer.normalise(TEXTS[i]!);
    assertAlmostEquals(nll, expectedNll(judge, TEXTS[i]!), 1e-4, TEXTS[i]);
    assertEquals([numScored, numCharacters], [text.length, text.length], TEXTS[i]);
  });
  const found = generativePerplexity(scores);
  const nll = TEXTS.reduce((sum, text) => sum + expectedNll(judge, text), 0);
  assertEquals([found.numTexts, found.numEmpty, found.numUnscored], [7, 2, 2]);
  assertEquals([found.numChunked, found.numTruncated], [0, 0]);
  assertAlmostEquals(found.nll, nll, 1e-4);
  assertAlmostEquals(found.perplexity!, Math.exp(nll / found.numScored), 1e-5);
  assertAlmostEquals(found.bitsPerCharacter!, nll / Math.LN2 / found.numScored, 1e-6);

  for (const batchTokens of [1, 20, 61]) {
    judge.asked.length = 0;
    assertEquals(await scoreTexts(judge, TEXTS, { batchTokens }), scores, `${batchTokens}`);
    const tooLarge = judge.asked.filter(([rows, length]) =>
      rows > 1 && rows * length > batchTokens
    );
    assertEquals(tooLarge, []);
    assertEquals(judge.asked.reduce((sum, [rows]) => sum + rows, 0), 5);
  }
});

Deno.test("scoreTexts() gives every rank the scores of one process, and asks each judge for a part", async () => {
  const judge = await BigramJudge.learn(CORPUS);
  const alone = await scoreTexts(judge, TEXTS, { batchTokens: 16 });
  for (const numRanks of [2, 3]) {
    let rows = 0;
    const counting = Object.create(judge, {
      score: {
        value: (ids: Uint32Array, length: number) => {
          rows += ids.length / length;
          return judge.score(ids, length);
        },
      },
    });
    const found = await Promise.all(
      ranksInOneProcess(numRanks).map((ranks) =>
        scoreTexts(counting, TEXTS, { batchTokens: 16, ranks })
      ),
    );
    for (const scores of found) assertEquals(scores, alone);
    assertEquals(rows, alone.filter(({ numScored }) => numScored > 0).length);
  }
});

Deno.test("scoreTexts() cuts what is longer than the context, and begins each piece anew", async () => {
  const judge = await BigramJudge.learn(CORPUS, 7);
  const scores = await scoreTexts(judge, TEXTS);
  scores.forEach(({ nll }, i) => {
    assertAlmostEquals(nll, expectedNll(judge, TEXTS[i]!, 6), 1e-4, TEXTS[i]);
  });
  assertEquals(scores.map(({ numSequences }) => numSequences), [2, 0, 1, 1, 0, 5, 1]);
  assertEquals(generativePerplexity(scores).numChunked, 2);
  assert(judge.asked.every(([, length]) => length <= 7));
});

Deno.test("scoreTexts() takes the beginning of texts if it is told to", async () => {
  const judge = await BigramJudge.learn(CORPUS);
  const scores = await scoreTexts(judge, TEXTS, { maxTokens: 6 });
  assertEquals(scores.map(({ truncated }) => truncated), TEXTS.map((text) => text.length > 6));
  assertEquals(scores[0]!.tokens, Uint32Array.from(judge.tokenizer.encode("the ti")));
  assertEquals(generativePerplexity(scores).numTruncated, 2);
  const [space, t] = judge.tokenizer.encode("a t").slice(1);
  assertAlmostEquals(scores[5]!.nll, expectedNll(judge, "worst") + judge.nll(t!, space!), 1e-4);
});

/** A judge without a BOS of its own, like GPT-2; token i costs i. */
function gpt2Like(score?: Judge["score"]): Judge {
  return {
    name: "like GPT-2",
    tokenizer: new NumberTokenizer(9),
    startId: null,
    contextLength: 4,
    score: score ?? ((ids, length) =>
      Promise.resolve(
        Float32Array.from(ids).filter((_, i) => i % length > 0),
      )),
    [Symbol.dispose]() {},
  };
}

Deno.test("scoreTexts() does not score the first token of a piece without a BOS", async () => {
  const texts = ["1 2 3", "5", "", "1 9 2 9", "1 2 3 4 5 6", "1 2 3 4 8", "9 7"];
  const scores = await scoreTexts(gpt2Like(), texts);
  assertEquals(scores.map(({ nll, numScored }) => [nll, numScored]), [
    [5, 2],
    [0, 0], // one token
    [0, 0],
    [11, 2], // the second 9, an EOS, does not count
    [15, 4], // 5 begins the second piece
    [9, 3], // nor does a last piece of one token
    [7, 1],
  ]);
  const { perplexity, numEmpty, numUnscored, numChunked } = generativePerplexity(scores);
  assertAlmostEquals(perplexity!, Math.exp(47 / 12), 1e-9);
  assertEquals([numEmpty, numUnscored, numChunked], [1, 2, 2]);
});

Deno.test("generativePerplexity() is null, and not NaN, if no token counts", async () => {
  for (const texts of [[], [""], ["3", " "]]) {
    const found = generativePerplexity(await scoreTexts(gpt2Like(), texts));
    assertEquals([found.perplexity, found.bitsPerCharacter], [null, null]);
    assertEquals([found.numTexts, found.numUnscored], [texts.length, texts.length]);
  }
});

Deno.test("scoreTexts() passes on what the judge refuses, and refuses what is not a number", async () => {
  const refuses = gpt2Like(() => Promise.reject(new DataError("token id 7 is not in 0 to 5")));
  await assertRejects(() => scoreTexts(refuses, ["1 7"]), DataError, "token id 7");
  const broken = gpt2Like(() => Promise.resolve(Float32Array.of(1, NaN)));
  await assertRejects(() => scoreTexts(broken, ["1 2 3"]), FlmError, "judge like GPT-2");
});

Deno.test("generativePerplexity() refuses a perplexity that is too large for a number", async () => {
  const surprised = gpt2Like(() => Promise.resolve(Float32Array.of(800)));
  const scores = await scoreTexts(surprised, ["1 2"]);
  const error = assertThrows(() => generativePerplexity(scores), FlmError);
  assertStringIncludes(error.message, "800 nats a token");
});

Deno.test("scoreTexts() counts the texts that the judge's tokens write otherwise", async () => {
  const judge = await BigramJudge.learn(CORPUS);
  const texts = ["it was", "It was", "it  was", "", "\u00e9t\u00e9 ", "  ", "it was the best"];
  const scores = await scoreTexts(judge, texts, { maxTokens: 9 });
  assertEquals(scores.map(({ altered }) => altered), [
    false,
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
  assertEquals(generativePerplexity(scores).numAltered, 3);
});

Deno.test("scoreTexts() tells how far it is and stops when it is told to", async () => {
  const judge = await BigramJudge.learn(CORPUS);
  const progress: [number, number][] = [];
  const stop = new AbortController();
  const scoring = scoreTexts(judge, TEXTS, {
    batchTokens: 1,
    signal: stop.signal,
    onProgress(done, total) {
      progress.push([done, total]);
      if (progress.length === 3) stop.abort(new FlmError("enough"));
    },
  });
  await assertRejects(() => scoring, FlmError, "enough");
  assertEquals(progress, [[0, 50], [27, 50], [37, 50]]);
});
