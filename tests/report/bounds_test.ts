/**
 * The bounds of a recipe.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { BoundConfig } from "../../lib/config/config.ts";
import { missedBounds } from "../../tasks/report/bounds.ts";
import type { QualityResult } from "../../tasks/report/quality.ts";
import type { ModelQuality } from "../../tasks/report/quality_table.ts";

function result(numSteps: number, gamma: number | null, validity: number): QualityResult {
  return { numSteps, gamma, metrics: { validity, entropy: 1.23456 }, texts: [] };
}

const EVALUATIONS: ModelQuality[] = [
  { model: "flm", results: [result(1, null, 0.5), result(4, null, 0.75)] },
  {
    model: "psd",
    results: [
      { ...result(1, 0, 0.8), perplexity: 40 },
      { ...result(1, 1, 0.9), perplexity: null },
    ],
  },
];

function missed(bound: Partial<BoundConfig>): string[] {
  const whole: BoundConfig = {
    ...{ model: "flm", numSteps: 1, gamma: 0, metric: "validity", min: null, max: null },
    ...bound,
  };
  return missedBounds([whole], EVALUATIONS);
}

Deno.test("missedBounds() finds nothing when every bound is met", () => {
  assertEquals(missed({ min: 0.5, max: 0.5 }), []);
  assertEquals(missed({ metric: "entropy", min: 1.2 }), []);
  assertEquals(missed({ model: "psd", gamma: 1, min: 0.85 }), []);
  assertEquals(missed({ model: "psd", metric: "perplexity", max: 40 }), []);
  assertEquals(missedBounds([], []), []);
});

Deno.test("missedBounds() names model, steps, what was found and what was expected", () => {
  assertEquals(missed({ min: 0.51 }), [
    "FLM, 1 step: validity 50.0 %, expected at least 51.0 %",
  ]);
  assertEquals(missed({ numSteps: 4, metric: "entropy", min: 2, max: 1 }), [
    "FLM, 4 steps: entropy 1.235, expected at least 2",
    "FLM, 4 steps: entropy 1.235, expected at most 1",
  ]);
  assertEquals(missed({ model: "psd", gamma: 1, min: 0.95 }), [
    "denoiser flow map, 1 step, gamma 1: validity 90.0 %, expected at least 95.0 %",
  ]);
  assertEquals(missed({ model: "psd", metric: "perplexity", max: 39.5 }), [
    "denoiser flow map, 1 step: perplexity 40, expected at most 39.5",
  ]);
});

Deno.test("missedBounds() misses bounds of what was not measured", () => {
  assertEquals(missed({ model: "second_stage", min: 0 }), [
    "flow map (second stage), 1 step: validity not measured",
  ]);
  assertEquals(missed({ metric: "letters", min: 1 }), ["FLM, 1 step: letters not measured"]);
  assertEquals(missed({ metric: "perplexity", max: 1 }), ["FLM, 1 step: perplexity not measured"]);
  // No token of the samples counts for the judge.
  assertEquals(missed({ model: "psd", gamma: 1, metric: "perplexity", max: 1 }), [
    "denoiser flow map, 1 step, gamma 1: no perplexity",
  ]);
});
