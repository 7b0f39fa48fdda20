/**
 * Scoring texts with progress bars, and what a judge says of validation text.
 *
 * @module
 */

import { Progress } from "../../lib/cli/progress.ts";
import {
  type GenerativePerplexity,
  generativePerplexity,
  scoreTexts,
  type TextScore,
} from "../../lib/eval/generative_perplexity.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import type { Communicator } from "../../lib/system/communicator.ts";
import type { Anchor, TokenStatistics } from "./results.ts";
import { tokenStatistics } from "./statistics.ts";
import type { ValidationTexts } from "./validation.ts";

/** How texts are scored. */
export interface Scoring {
  /** Tokens of a text that are scored at most; null for all. */
  readonly maxTokens: number | null;
  /** Tokens that the judge gets at once. */
  readonly batchTokens: number;
  /** The processes that score together; this one alone unless given. */
  readonly ranks?: Communicator | undefined;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** Scores texts with a progress bar. */
export async function scoreWithBar(
  judge: Judge,
  label: string,
  texts: readonly string[],
  { maxTokens, batchTokens, ranks, signal }: Scoring,
): Promise<TextScore[]> {
  using bar = new Progress({ label, unit: "token" });
  const scores = await scoreTexts(judge, texts, {
    ...(maxTokens === null ? {} : { maxTokens }),
    batchTokens,
    ranks,
    signal,
    onProgress: bar.onProgress,
  });
  bar.finish();
  return scores;
}

/** The figures of texts of which there are no tokens but the judge's. */
export async function scoreFigures(
  judge: Judge,
  texts: readonly string[],
  scoring: Scoring,
): Promise<GenerativePerplexity & TokenStatistics> {
  const scores = await scoreWithBar(judge, "score", texts, scoring);
  const tokens = scores.map((score) => score.tokens);
  return { ...generativePerplexity(scores), ...tokenStatistics(tokens) };
}

/** What the judge says of validation text. */
export async function scoreValidation(
  judge: Judge,
  { texts, hash, statistics }: ValidationTexts,
  scoring: Scoring,
): Promise<Anchor> {
  const scores = await scoreWithBar(judge, "score validation text", texts, scoring);
  const { maxTokens } = scoring;
  return { texts: hash, maxTokens, ...statistics, ...generativePerplexity(scores) };
}
