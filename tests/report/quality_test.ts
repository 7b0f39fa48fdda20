/**
 * Evaluations with perplexities.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { type Evaluation, writeEvaluation } from "../../lib/eval/evaluation.ts";
import { readQuality } from "../../tasks/report/quality.ts";

const EVALUATION: Evaluation = {
  ...{ format: "flm-evaluation", version: 1, model: "psd", step: 7 },
  settings: { numSteps: [1], gammas: [0, 0.5], numSamples: 1, seed: 3 },
  results: [0, 0.5, 1].map((gamma) => ({
    ...{ numSteps: 1, gamma, entropy: 1.5, uniqueTokens: 4, texts: ["text"] },
  })),
};
const RESULTS = [
  { numSteps: 1, gamma: 0.5, perplexity: 2 },
  { numSteps: 2, gamma: 0, perplexity: 3 },
  { numSteps: 1, gamma: 0, perplexity: null },
];

Deno.test("readQuality() joins what was measured in the same way, and says what is missing", async () => {
  const run = await Deno.makeTempDir();
  try {
    await assertRejects(() => readQuality(run, null), DataError, "is not evaluated yet");
    await writeEvaluation(run, EVALUATION);
    assertEquals(await readQuality(run, null), EVALUATION);
    await assertRejects(() => readQuality(run, "gpt2"), DataError, "is not judged by gpt2 yet");
    await Deno.mkdir(`${run}/gen-ppl/gpt2`, { recursive: true });
    const file = {
      ...{ format: "flm-gen-ppl", version: 1, results: RESULTS },
      validation: { perplexity: 1.5 },
    };
    await Deno.writeTextFile(`${run}/gen-ppl/gpt2/results.json`, JSON.stringify(file));
    const { results } = await readQuality(run, "gpt2");
    assertEquals(
      results.map(({ perplexity, validationPerplexity }) => [perplexity, validationPerplexity]),
      [[null, 1.5], [2, 1.5], [undefined, undefined]],
    );
  } finally {
    await Deno.remove(run, { recursive: true });
  }
});
