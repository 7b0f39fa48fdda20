/**
 * What the models of a demo are worth, in tables and sentences.
 *
 * @module
 */

import { formatNumber } from "../../lib/cli/format.ts";
import type { Config } from "../../lib/config/config.ts";
import { firstBlocks } from "../../lib/data/shards/blocks.ts";
import type { ShardManifest } from "../../lib/data/shards/manifest.ts";
import { tokensInBlock } from "../../lib/data/shards/packing.ts";
import { openShards } from "../../lib/data/shards/shards.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import type { Tokenizer } from "../../lib/text/tokenizer.ts";
import { METRICS_FILE, type MetricsRecord, readMetrics } from "../../lib/train/metrics.ts";
import { tableOf, textTable } from "../figures/text_table.ts";
import { tokenStatistics } from "../gen_ppl/statistics.ts";
import type { SampleSet } from "./texts.ts";

/** A model's texts. */
export interface ModelTexts {
  /** What the model is called. */
  readonly title: string;
  /** By numbers of steps. */
  readonly sets: readonly SampleSet[];
}

/** What is to be said of a judge to whom real text is no likelier than to guessing. */
const DOUBT = "Do not trust these perplexities: real text is no likelier to the judge than to " +
  "guessing. It has learned too little to tell good texts from bad ones; give the trainings more " +
  "time by --minutes.";

/** A row: whose texts they are, and what is measured of them. */
interface Row {
  readonly title: string;
  readonly numSteps: number | null;
  readonly perplexity: number | null;
  readonly entropy: number | null;
}

/**
 * Perplexity and entropy of the texts by model and number of steps, and of as many texts of the
 * validation split, from its beginning: all are decoded, and scored as texts. The entropies are
 * those of the tokens that were drawn or read, as `gen-ppl` has them.
 *
 * @throws {DataError} if the shards cannot be read, or are of another tokenizer than the judge's.
 * @throws {FlmError} if the judge's likelihood of a text is not a number.
 */
export async function describeQuality(
  judge: Judge,
  { data, sampling }: Pick<Config, "data" | "sampling">,
  { corpus, tokenizer }: ShardManifest,
  models: readonly ModelTexts[],
): Promise<string> {
  const rows: Row[] = [];
  const perplexityOf = async (texts: readonly string[]) =>
    generativePerplexity(await scoreTexts(judge, texts)).perplexity;
  for (const { title, sets } of models) {
    for (const { numSteps, texts, entropy } of sets) {
      rows.push({ title, numSteps, perplexity: await perplexityOf(texts), entropy });
    }
  }
  const real = await realTexts(data.dir, judge.tokenizer, sampling.numSamples);
  const perplexity = await perplexityOf(real.texts);
  rows.push({ title: "real text", numSteps: null, perplexity, entropy: real.entropy });
  const table = tableOf(rows, [
    { head: "model", text: ({ title }) => title },
    { head: "steps", text: ({ numSteps }) => numSteps === null ? "" : String(numSteps) },
    { head: "perplexity", number: ({ perplexity }) => perplexity },
    { head: "entropy (nats)", number: ({ entropy }) => entropy },
  ]);
  const guessing = Math.exp(corpus.unigramEntropy);
  return [
    textTable(table),
    "",
    ...(perplexity !== null && perplexity >= guessing ? [DOUBT, ""] : []),
    `The judge is a small model that was trained on the same text (${judge.name}); the real text ` +
    `is the beginning of the validation split, which it has not seen: ${real.texts.length} texts, ` +
    `as of the others. To guess by the frequencies of the tokens alone has a perplexity of ` +
    `${formatNumber(guessing)}. A perplexity means nothing without the entropy beside it: a text ` +
    `that repeats one word is very likely and worthless. The better texts are those whose two ` +
    `figures are nearer to the real text's. Perplexities are per token; one of ${tokenizer.name} ` +
    `stands for ${formatNumber(corpus.bytes / corpus.tokens)} bytes of the text.`,
  ].join("\n");
}

/** The first validation blocks, as texts, and the mean entropy of their tokens. */
async function realTexts(
  dir: string,
  tokenizer: Tokenizer,
  count: number,
): Promise<Omit<SampleSet, "numSteps">> {
  using shards = await openShards(dir, { tokenizer });
  const blocks = firstBlocks(shards.blocks("validation"), count);
  const { entropy } = tokenStatistics(blocks);
  return { texts: blocks.map((ids) => tokenizer.decode(ids)), entropy };
}

/**
 * What the last validation says: the loss where little noise is left must be far below what
 * the frequencies of the tokens alone would give. Nothing, if there was none.
 */
export async function describeLearning(
  run: string,
  { corpus, length, packing }: ShardManifest,
): Promise<string | null> {
  const isValidation = ({ kind }: MetricsRecord) => kind === "validation";
  const last = (await readMetrics(`${run}/${METRICS_FILE}`, isValidation)).at(-1);
  if (last === undefined) return null;
  const loss = `Validation loss: ${formatNumber(Number(last.loss))} nats/token over all times, ` +
    `${formatNumber(Number(last.lossByTime3))} at t in [0.75, 1].`;
  // The tokens that frame a block are always the same. How many a padded one has differs.
  if (packing === "padded") return loss;
  const { unigramEntropy } = corpus;
  const guessed = tokensInBlock(length, packing);
  const byFrequency = `Guessing by the frequencies of the tokens alone: ` +
    formatNumber(unigramEntropy * guessed / length);
  if (guessed === length) return `${loss}\n${byFrequency}, the unigram entropy.`;
  return `${loss}\n${byFrequency}, the unigram entropy of ${formatNumber(unigramEntropy)} for ` +
    `${guessed} of a block's ${length} tokens; those that frame it are always the same.`;
}
