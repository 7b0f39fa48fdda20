/**
 * The file of an evaluation.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import {
  type Evaluation,
  EVALUATION_FILE,
  readEvaluation,
  writeEvaluation,
} from "../../lib/eval/evaluation.ts";

const EVALUATION: Evaluation = {
  format: "flm-evaluation",
  version: 1,
  model: "psd",
  step: 7,
  settings: { numSteps: [1], gammas: [0], numSamples: 1, seed: 3 },
  results: [{ numSteps: 1, gamma: 0, entropy: 1.5, uniqueTokens: 4, texts: ["text"] }],
};

Deno.test("readEvaluation() gives back what was written, and null when there is nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assertEquals(await readEvaluation(folder), null);
    await writeEvaluation(folder, EVALUATION);
    assertEquals(await readEvaluation(folder), EVALUATION);
    for (const text of ["{", "null", "{}", JSON.stringify({ ...EVALUATION, version: 2 })]) {
      await Deno.writeTextFile(`${folder}/${EVALUATION_FILE}`, text);
      await assertRejects(() => readEvaluation(folder), DataError, EVALUATION_FILE);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
