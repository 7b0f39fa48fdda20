/**
 * The metrics of samples: those of any text, those of a corpus, and a judge's perplexity.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { CORPUS_METRICS } from "../data/corpora/corpus_metrics.ts";
import type { MeasuredSamples, SampleMetric } from "../data/sample_metric.ts";
import { ConfigError } from "../errors.ts";
import { nearest } from "../schema/nearest.ts";
import { PERPLEXITY } from "../train/best.ts";
import { meanTokenEntropy, meanUniqueTokens } from "./entropy.ts";

/** Mean over the samples of the entropy of their tokens' histogram, in nats. */
export const ENTROPY: SampleMetric = {
  name: "entropy",
  head: "entropy (nats)",
  title: "Entropy of samples by number of steps",
  axis: "nats",
  measure: ({ tokens }) => meanTokenEntropy(tokens),
};

/** Mean number of different tokens in a sample. */
export const UNIQUE_TOKENS: SampleMetric = {
  name: "uniqueTokens",
  head: "unique tokens",
  title: "Different tokens in a sample",
  axis: "tokens",
  measure: ({ tokens }) => meanUniqueTokens(tokens),
};

/** What evaluations measure of any text. */
const OF_ANY_TEXT = [ENTROPY, UNIQUE_TOKENS];

/** The names of what good texts have as much of as real ones, besides their perplexity. */
export const LIKE_REAL_TEXT: readonly string[] = OF_ANY_TEXT.map(({ name }) => name);

/** What is measured of the samples of models of a corpus: what it asks for, then the rest. */
function metricsOf({ source }: Config["data"]): readonly SampleMetric[] {
  return [...CORPUS_METRICS[source.kind] ?? [], ...OF_ANY_TEXT];
}

/** The names of what is measured of samples of a corpus's models. */
export function metricNames(data: Config["data"]): string[] {
  return metricsOf(data).map(({ name }) => name);
}

/** Measures samples of a model of a configuration's corpus. */
export function measureSamples(
  data: Config["data"],
  samples: MeasuredSamples,
): Record<string, number> {
  return Object.fromEntries(
    metricsOf(data).map((metric) => [metric.name, metric.measure(samples)]),
  );
}

/** The metrics of a corpus's own that have been measured. */
export function ownMetrics(measured: Iterable<string>): SampleMetric[] {
  const names = new Set(measured);
  return Object.values(CORPUS_METRICS).flat().filter(({ name }) => names.has(name));
}

/**
 * Checks that all bounds of a recipe can be measured.
 *
 * @throws {ConfigError} naming the first that cannot.
 */
export function requireMetrics({ data, evaluation }: Config): void {
  const metrics = metricsOf(data);
  const names = metricNames(data);
  if (evaluation.judge !== null) names.push(PERPLEXITY);
  evaluation.bounds.forEach(({ metric, min, max }, i) => {
    const where = `evaluation.bounds[${i}]`;
    if (!names.includes(metric)) {
      const near = nearest(metric, names);
      const hint = metric === PERPLEXITY
        ? "; set evaluation.judge to have one"
        : near === null
        ? ""
        : `; did you mean ${near}?`;
      throw new ConfigError(
        `${where}.metric: expected ${names.join(" or ")}, found ${metric}${hint}`,
      );
    }
    const most = metrics.find(({ name }) => name === metric)?.most ?? Infinity;
    for (const [key, value] of Object.entries({ min, max })) {
      if (value === null || value <= most) continue;
      throw new ConfigError(
        `${where}.${key}: expected at most ${most}, the most that ${metric} can be, found ${value}`,
      );
    }
  });
}
