/**
 * The metrics of samples.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { type Config, parseConfig } from "../../lib/config/config.ts";
import { CORPUS_METRICS } from "../../lib/data/corpora/corpus_metrics.ts";
import { ConfigError } from "../../lib/errors.ts";
import {
  ENTROPY,
  measureSamples,
  ownMetrics,
  requireMetrics,
  UNIQUE_TOKENS,
} from "../../lib/eval/metrics.ts";

function config(kind: "letters" | "file", evaluation: object = {}): Config {
  const source = kind === "letters" ? { kind } : { kind, path: "a.txt" };
  return parseConfig({
    name: "tiny",
    data: { source, length: 4, dir: "shards/tiny" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 1, batchSize: 1 },
    evaluation,
  });
}

Deno.test("measureSamples() measures what is asked of any text, and what the corpus asks for", () => {
  const samples = { texts: ["aaaa", "abab"], tokens: [[1, 1, 1, 1], [1, 2, 1, 2]], length: 4 };
  const ofText = { entropy: Math.log(2) / 2, uniqueTokens: 1.5 };
  assertEquals(measureSamples(config("file").data, samples), ofText);
  assertEquals(measureSamples(config("letters").data, samples), {
    ...{ validity: 0.5, letters: 1 },
    ...ofText,
  });
});

Deno.test("ownMetrics() knows a corpus's metrics by their names, which are no others'", () => {
  assertEquals(ownMetrics(["entropy", "letters"]).map(({ name }) => name), ["letters"]);
  const all = [...Object.values(CORPUS_METRICS).flat(), ENTROPY, UNIQUE_TOKENS];
  assertEquals(new Set(all.map(({ name }) => name)).size, all.length);
});

Deno.test("requireMetrics() names the first bound that cannot be measured", () => {
  const bound = { model: "flm", numSteps: 1, min: 1 };
  const message = (kind: "letters" | "file", metric: string, changes = {}, judge = null) => {
    const bounds = [{ ...bound, metric: "entropy" }, { ...bound, metric, ...changes }];
    const wrong = config(kind, { bounds, judge });
    return assertThrows(() => requireMetrics(wrong), ConfigError).message;
  };
  assertEquals(
    message("file", "entrpy"),
    "evaluation.bounds[1].metric: expected entropy or uniqueTokens, found entrpy; did you mean " +
      "entropy?",
  );
  assertEquals(
    message("file", "letters"),
    "evaluation.bounds[1].metric: expected entropy or uniqueTokens, found letters",
  );
  assertEquals(
    message("file", "perplexity"),
    "evaluation.bounds[1].metric: expected entropy or uniqueTokens, found perplexity; set " +
      "evaluation.judge to have one",
  );
  assertEquals(
    message("letters", "validity", { min: 0.5, max: 50 }),
    "evaluation.bounds[1].max: expected at most 1, the most that validity can be, found 50",
  );
  const bounds = [{ ...bound, metric: "perplexity" }, { ...bound, metric: "validity" }];
  requireMetrics(config("letters", { bounds, judge: "ar" }));
});
