/**
 * The bounds of a recipe.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { BoundConfig } from "../../lib/config/config.ts";
import type { EvaluationResult } from "../../lib/eval/evaluation.ts";
import type { ModelQuality } from "../../tasks/report/quality_table.ts";
import { missedBounds } from "../../tasks/report/bounds.ts";

function result(numSteps: number, gamma: number | null, validity: number): EvaluationResult {
  return { numSteps, gamma, entropy: 1, uniqueTokens: 1, validity, letters: 20, texts: [] };
}

const EVALUATIONS: ModelQuality[] = [
  { model: "flm", results: [result(1, null, 0.5), result(4, null, 0.75)] },
  { model: "psd", results: [result(1, 0, 0.8), result(1, 1, 0.9)] },
];

function missed(bound: Partial<BoundConfig>): string[] {
  const whole = { model: "flm", numSteps: 1, gamma: 0, validity: null, letters: null, ...bound };
  return missedBounds([whole as BoundConfig], EVALUATIONS);
}

Deno.test("missedBounds() finds nothing when every bound is met", () => {
  assertEquals(missed({ validity: 0.5, letters: 20 }), []);
  assertEquals(missed({ model: "psd", gamma: 1, validity: 0.85 }), []);
  assertEquals(missedBounds([], []), []);
});

Deno.test("missedBounds() names model, steps, what was found and what was expected", () => {
  assertEquals(missed({ validity: 0.51, letters: 21 }), [
    "FLM, 1 step: validity 50.0 %, expected at least 51.0 %",
    "FLM, 1 step: 20 letters seen, expected at least 21",
  ]);
  assertEquals(missed({ numSteps: 4, validity: 0.8 }), [
    "FLM, 4 steps: validity 75.0 %, expected at least 80.0 %",
  ]);
  assertEquals(missed({ model: "psd", gamma: 1, validity: 0.95 }), [
    "denoiser flow map, 1 step, gamma 1: validity 90.0 %, expected at least 95.0 %",
  ]);
  assertEquals(missed({ model: "flow_map", validity: 0 }), [
    "flow map (stage 1), 1 step: not measured",
  ]);
  // An evaluation by a configuration of other data.
  const { validity: _, letters: __, ...rest } = result(1, null, 1);
  const bound: BoundConfig = { model: "flm", numSteps: 1, gamma: 0, validity: 0.5, letters: null };
  assertEquals(missedBounds([bound], [{ model: "flm", results: [rest] }]), [
    "FLM, 1 step: not measured",
  ]);
});
