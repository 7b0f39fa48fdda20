/**
 * How texts compare with real text.
 *
 * @module
 */

import { meanTokenEntropy } from "../../lib/eval/entropy.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import type { TrainingText } from "../../lib/eval/training_text.ts";
import type { Sample } from "../../lib/sampling/options.ts";
import type { Communicator } from "../../lib/system/communicator.ts";
import { type Table, tableOf } from "../figures/text_table.ts";
import { type DrawWay, titleOfWay } from "./draw_texts.ts";

/** What is measured of texts. */
export interface TextQuality {
  /** How they came about. */
  readonly title: string;
  /** Per token of the judge; null if nothing counts. */
  readonly perplexity: number | null;
  /** Mean over the texts of the entropy of their tokens' histogram, in nats. */
  readonly entropy: number;
  /** The share of words that occur in the training text. */
  readonly knownWords: number | null;
  /** The share of passages that occur in it. */
  readonly copied: number | null;
  /** The share of texts that are unlike all others. */
  readonly distinct: number;
}

/** What texts are measured with. */
export interface QualityMeasures {
  /** Says how likely they are. */
  readonly judge: Judge;
  /** What the model was trained on. */
  readonly training: TrainingText;
  /** The processes that score together; this one alone unless given. */
  readonly ranks?: Communicator | undefined;
  /** Stops the measuring. */
  readonly signal: AbortSignal;
}

/**
 * Measures texts.
 *
 * @param way How they were drawn, or what they are.
 * @throws {FlmError} if the judge's likelihood of a text is not a number.
 */
export async function measureText(
  way: DrawWay | string,
  samples: readonly Sample[],
  { judge, training, ranks, signal }: QualityMeasures,
): Promise<TextQuality> {
  const texts = samples.map(({ text }) => text);
  const tokens = samples.map(({ tokens }) => tokens);
  const { perplexity } = generativePerplexity(await scoreTexts(judge, texts, { ranks, signal }));
  return {
    title: typeof way === "string" ? way : titleOfWay(way),
    perplexity,
    entropy: meanTokenEntropy(tokens),
    knownWords: training.knownWords(texts),
    copied: training.copiedPassages(tokens),
    distinct: new Set(texts).size / texts.length,
  };
}

/** A row for each. */
export function qualityRows(rows: readonly TextQuality[]): Table {
  const percent = (value: number | null) =>
    value === null ? "none" : `${(100 * value).toFixed(1)} %`;
  return tableOf(rows, [
    { head: "texts", text: ({ title }) => title },
    { head: "perplexity", number: ({ perplexity }) => perplexity },
    { head: "entropy (nats)", number: ({ entropy }) => entropy },
    { head: "known words", text: ({ knownWords }) => percent(knownWords) },
    { head: "copied", text: ({ copied }) => percent(copied) },
    { head: "distinct", text: ({ distinct }) => percent(distinct) },
  ]);
}
