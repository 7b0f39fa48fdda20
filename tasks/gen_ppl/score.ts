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
import type { Anchor, JudgeSettings, TokenStatistics } from "./results.ts";
import { tokenStatistics } from "./statistics.ts";
import type { ValidationTexts } from "./validation.ts";

/** A judge that is loaded when texts are there. */
export interface JudgeToOpen {
  /** Whether its name alone decides what it says, so that its scores can be kept. */
  readonly fixed: boolean;
  /** Loads it. */
  open(): Promise<Judge>;
}

/** How texts are scored. */
export interface Scoring {
  /** The judge and what bounds its view. */
  readonly settings: JudgeSettings;
  /** Tokens that the judge gets at once. */
  readonly batchTokens: number;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** Scores texts with a progress bar. */
export async function scoreWithBar(
  judge: Judge,
  label: string,
  texts: readonly string[],
  { settings: { maxTokens }, batchTokens, signal }: Scoring,
): Promise<TextScore[]> {
  let bar: Progress | undefined;
  try {
    const scores = await scoreTexts(judge, texts, {
      ...(maxTokens === null ? {} : { maxTokens }),
      batchTokens,
      signal,
      onProgress(done, total) {
        bar ??= new Progress({ label, total, unit: "token" });
        bar.update(done);
      },
    });
    bar?.finish();
    return scores;
  } finally {
    bar?.[Symbol.dispose]();
  }
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
  { texts, statistics, dataHash }: ValidationTexts,
  scoring: Scoring,
): Promise<Anchor> {
  const scores = await scoreWithBar(judge, "score validation text", texts, scoring);
  return { dataHash, ...statistics, ...generativePerplexity(scores) };
}
