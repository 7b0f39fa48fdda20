/**
 * How long the sample program took, and for what.
 *
 * @module
 */

import type { SamplingStats } from "../sampling/options.ts";
import { formatCount, formatDuration, formatRate } from "./format.ts";

/** What it took to write texts, from the start of the program. */
export interface SampleTimes extends SamplingStats {
  /** Seconds from the start of the process until the program began to load. */
  readonly startSeconds: number;
  /** Seconds in which device and model were opened. */
  readonly loadSeconds: number;
  /** Texts a second, from the beginning of the first to the end of the last. */
  readonly textsPerSecond: number;
  /** Their tokens a second. */
  readonly tokensPerSecond: number;
}

/** Adds the program's own times to those of the sampling. */
export function sampleTimes(
  stats: SamplingStats,
  { startSeconds, loadSeconds }: Pick<SampleTimes, "startSeconds" | "loadSeconds">,
): SampleTimes {
  const { numTexts, numTokens, seconds } = stats;
  return {
    startSeconds,
    loadSeconds,
    ...stats,
    textsPerSecond: numTexts / seconds,
    tokensPerSecond: numTokens / seconds,
  };
}

/** The times for people, a line each. */
export function describeTimes(times: SampleTimes): string {
  const { numTexts, numTokens, numEvaluations, textsPerSecond, tokensPerSecond } = times;
  const rows = [
    ["start-up", formatDuration(times.startSeconds)],
    ["loading", formatDuration(times.loadSeconds)],
    ["first text", formatDuration(times.firstTextSeconds)],
    ["all texts", formatDuration(times.seconds)],
    ["texts", `${formatCount(numTexts)}, ${formatRate(textsPerSecond, "text")}`],
    ["tokens", `${formatCount(numTokens)}, ${formatRate(tokensPerSecond, "token")}`],
    ["network evaluations", formatCount(numEvaluations)],
  ];
  return rows.map(([name, value]) => `${name}: ${value}\n`).join("");
}
