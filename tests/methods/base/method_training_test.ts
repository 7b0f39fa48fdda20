/**
 * What a method's training takes from a configuration.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import type { Config } from "../../../lib/config/config.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { methodTraining, requireNoTexts } from "../../../lib/methods/base/method_training.ts";
import { requireRecipe } from "../../../lib/methods/recipe.ts";
import { methodOf } from "../../../lib/methods/table.ts";
import { tinyConfig } from "../../testing/tiny_run.ts";

const TEXTS = { evalSamples: 4, evalJudge: "gpt2", keepBest: "perplexity" };

const configWith = (changes: Record<string, unknown>): Config =>
  tinyConfig("folder", 3, { train: { numSteps: 3, batchSize: 4, ...TEXTS }, ...changes });

const textsOf = (config: Config, kind: string) => {
  const { evalSamples, evalJudge, keepBest } = methodTraining(config, methodOf(kind)).train;
  return { evalSamples, evalJudge, keepBest };
};

Deno.test("methodTraining() takes what is asked of texts for those that write texts alone", () => {
  const without = { evalSamples: 0, evalJudge: null, keepBest: "loss" };
  const config = configWith({ distill: { train: { evalSamples: 0 } } });
  assertEquals(textsOf(config, "flm"), TEXTS);
  assertEquals(textsOf(config, "second_stage"), TEXTS);
  assertEquals(textsOf(config, "ar"), without);
  assertEquals(textsOf(config, "psd"), without);
  const none = { numSteps: 3, batchSize: 4, evalSamples: 4, evalJudge: "gpt2" };
  assertEquals(textsOf(configWith({ train: none }), "ar").keepBest, null);
  assertEquals(methodTraining(config, methodOf("ar")).train.numSteps, 3);
});

Deno.test("requireNoTexts() names the key of a section that asks for texts where none are written", () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ evalSamples: 2 }, "ar.train.evalSamples: expected 0, since what is trained there, of the"],
    [{ evalJudge: "gpt2" }, "ar.train.evalJudge: expected null, since what is trained there"],
    [{ keepBest: "entropy" }, "ar.train.keepBest: expected loss or null, since what is trained"],
  ];
  for (const [train, message] of cases) {
    const config = configWith({ ar: { train } });
    assertThrows(() => requireNoTexts(config, methodOf("ar")), ConfigError, message);
    // What else is trained of the recipe may go on, as it was begun.
    requireNoTexts(config, methodOf("flm"));
    requireRecipe(config, "tiny.yaml");
  }
  requireRecipe(configWith({ ar: { train: { evalSamples: 0, keepBest: "loss" } } }), "tiny.yaml");
});
