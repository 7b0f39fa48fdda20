/**
 * What the models of a demo are worth, in tables and sentences.
 *
 * @module
 */

import { formatNumber } from "../../lib/cli/format.ts";
import type { DataConfig } from "../../lib/config/config.ts";
import { ValidationBatches } from "../../lib/data/batches/batches.ts";
import type { BlockSource } from "../../lib/data/shards/blocks.ts";
import type { ShardManifest } from "../../lib/data/shards/manifest.ts";
import { tokensInBlock } from "../../lib/data/shards/packing.ts";
import { openShards } from "../../lib/data/shards/shards.ts";
import { type ArJudge, judgePerplexity } from "../../lib/eval/ar_judge.ts";
import { meanTokenEntropy } from "../../lib/eval/entropy.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import { judgeTokens } from "../../lib/eval/judge_tokens.ts";
import { METRICS_FILE, readMetrics } from "../../lib/train/metrics.ts";
import { tableOf, textTable } from "../figures/text_table.ts";
import type { SampleSet } from "./texts.ts";

/** Blocks that the judge sees at once. */
const JUDGE_BATCH = 64;
/** Blocks of real text that it sees: as good as all of them, and soon done. */
const JUDGE_BLOCKS = 512;

/** A model's texts. */
export interface ModelTexts {
  /** What the model is called. */
  readonly title: string;
  /** By numbers of steps. */
  readonly sets: readonly SampleSet[];
}

/** Perplexity and entropy of the texts by model and number of steps, and of real text. */
export async function describeQuality(
  judge: ArJudge,
  { dir, length }: DataConfig,
  { corpus, tokenizer }: ShardManifest,
  models: readonly ModelTexts[],
): Promise<string> {
  const rows: { title: string; numSteps: number; perplexity: number | null; entropy: number }[] =
    [];
  for (const { title, sets } of models) {
    for (const { numSteps, texts } of sets) {
      const { perplexity } = generativePerplexity(await scoreTexts(judge, texts));
      const entropy = meanTokenEntropy(texts.map((text) => judgeTokens(judge.tokenizer, text)));
      rows.push({ title, numSteps, perplexity, entropy });
    }
  }
  using shards = await openShards(dir);
  const blocks = new ValidationBatches(firstBlocks(shards.blocks("validation")), JUDGE_BATCH);
  const own = await judgePerplexity(judge, blocks, length);
  const table = tableOf(rows, [
    { head: "model", text: ({ title }) => title },
    { head: "steps", text: ({ numSteps }) => String(numSteps) },
    { head: "perplexity", number: ({ perplexity }) => perplexity },
    { head: "entropy (nats)", number: ({ entropy }) => entropy },
  ]);
  return `${textTable(table)}\n\nThe judge is a small model that was trained on the same text ` +
    `(${judge.name}): real text that it has not seen has the perplexity ${formatNumber(own)} to ` +
    `it. Perplexities are per token; one of ${tokenizer.name} stands for ` +
    `${formatNumber(corpus.bytes / corpus.tokens)} bytes of the text.`;
}

function firstBlocks(blocks: BlockSource): BlockSource {
  const numBlocks = Math.min(JUDGE_BLOCKS, blocks.numBlocks);
  return { numBlocks, length: blocks.length, read: (...args) => blocks.read(...args) };
}

/**
 * What the last validation says: the loss where little noise is left must be far below what
 * the frequencies of the tokens alone would give. Nothing, if there was none.
 */
export async function describeLearning(
  run: string,
  { corpus, length, packing }: ShardManifest,
): Promise<string | null> {
  const last = (await readMetrics(`${run}/${METRICS_FILE}`))
    .filter(({ kind }) => kind === "validation").at(-1);
  if (last === undefined) return null;
  const loss = `Validation loss: ${formatNumber(Number(last.loss))} nats/token over all times, ` +
    `${formatNumber(Number(last.lossByTime3))} at t in [0.75, 1].`;
  // The tokens that frame a block are always the same. How many a padded one has differs.
  if (packing === "padded") return loss;
  const unigram = corpus.unigramEntropy * tokensInBlock(length, packing) / length;
  return `${loss}\nGuessing by the frequencies of the tokens alone: ${formatNumber(unigram)}.`;
}
