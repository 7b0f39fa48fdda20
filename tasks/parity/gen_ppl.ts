/**
 * Checks the generative perplexity of sequences whose likelihoods were recorded: which tokens
 * count, and the sums.
 *
 * @module
 */

import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import { scoredTokens } from "../../lib/eval/scored_tokens.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { RecordedJudge } from "./recorded_judge.ts";

interface GenPplCase {
  name: string;
  sequences: number[][];
  batch_size: number;
  /** Tokens that the judge sees at once. */
  chunk: number;
  /** Of each batch its chunks, those of a batch being [batch, chunk]. */
  updates: { valid: number[][]; nll_times_valid: number[][] }[];
  sum: number;
  count: number;
  perplexity: number | null;
}

/** Checks `gen_ppl`. */
export async function checkGenPpl(context: CheckContext): Promise<void> {
  const { eos } = await context.golden.description<{ eos: number }>();
  const cases = await context.golden.cases<GenPplCase>();
  for (const each of cases) {
    const { name, sequences, batch_size, chunk } = each;
    const judge = recordedJudge(context, each, eos);
    // The reference leaves out what does not fill a batch.
    const numCounted = sequences.length - sequences.length % batch_size;
    await compareScores(context, name, judge, sequences.slice(0, numCounted), each);
    if (numCounted === sequences.length) continue;
    const whole = cases.find((other) =>
      other.chunk === chunk && other.batch_size === sequences.length &&
      JSON.stringify(other.sequences) === JSON.stringify(sequences)
    );
    if (whole === undefined) context.fail(`${name}, whole`, 0, "no case has all of it");
    else {
      const all = recordedJudge(context, whole, eos);
      await compareScores(context, `${name}, whole`, all, sequences, whole);
    }
  }
}

/** A judge that knows the sequences of a case; compares which of their tokens count. */
function recordedJudge(
  context: CheckContext,
  { name, sequences, batch_size, chunk, updates }: GenPplCase,
  eos: number,
): RecordedJudge {
  const judge = new RecordedJudge(eos, chunk);
  const chunksOf = (ids: readonly number[]) => Math.ceil(ids.length / chunk);
  updates.forEach(({ valid, nll_times_valid }, update) => {
    const numChunks = chunksOf(sequences[0]!);
    const firstSequence = Math.floor(update / numChunks) * batch_size;
    const start = update % numChunks * chunk;
    const batch = sequences.slice(firstSequence, firstSequence + batch_size)
      .map((ids) => ids.slice(start, start + chunk));
    const scored = batch.flatMap((ids) => [...scoredTokens(ids, eos)]);
    context.compareTokenValues(`${name}, update ${update} valid`, scored, valid.flat());
    batch.forEach((ids, row) => judge.record(ids, nll_times_valid[row]!, valid[row]!));
  });
  return judge;
}

async function compareScores(
  context: CheckContext,
  name: string,
  judge: RecordedJudge,
  sequences: readonly (readonly number[])[],
  expected: GenPplCase,
): Promise<void> {
  const texts = sequences.map((ids) => judge.tokenizer.decode(ids));
  const scores = await scoreTexts(judge, texts, { batchTokens: 2 * expected.chunk });
  const { nll, numScored, perplexity } = generativePerplexity(scores);
  context.compareValues(`${name}, sum`, [nll], [expected.sum], Bound.Statistic);
  context.compareValues(`${name}, count`, [numScored], [expected.count], Bound.Equal);
  for (const [key, value] of Object.entries(expected)) {
    if (!key.startsWith("perplexity")) continue;
    const [found, wanted] = [perplexity, value].map((each) => each === null ? [] : [each]);
    context.compareValues(`${name}, ${key}`, found!, wanted!, Bound.Statistic);
  }
}
