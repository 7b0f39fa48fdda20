/**
 * The file of an evaluation.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import {
  type Evaluation,
  EVALUATION_FILE,
  keptEvaluation,
  replacedSettings,
  writeEvaluation,
} from "../../lib/eval/evaluation.ts";
import { withFolder } from "../testing/folder.ts";

const EVALUATION: Evaluation = {
  model: "psd",
  checkpoint: "c",
  step: 7,
  weights: "ema",
  settings: { numSteps: [1], gammas: [0], numSamples: 1, seed: 3 },
  results: [{ numSteps: 1, gamma: 0, metrics: { entropy: 1.5, letters: 4 }, texts: ["text", ""] }],
};
const { settings } = EVALUATION;

Deno.test("keptEvaluation() gives back what was written of the same weights and settings", () =>
  withFolder(async (folder) => {
    const kept = (key = {}) => keptEvaluation(folder, { checkpoint: "c", settings, ...key });
    assertEquals(await kept(), null);
    await writeEvaluation(folder, EVALUATION);
    assertEquals(await kept(), { value: EVALUATION });
    assertEquals(await kept({ checkpoint: "d" }), {
      lack: "is of other weights (of step 7) than the run has now",
    });
    assertEquals(await kept({ settings: { ...settings, numSteps: [1, 2] } }), {
      lack: "was made with other samples: evaluation.numSteps was the list [1], is the list [1,2]",
    });
    const sharpened: Evaluation = {
      ...EVALUATION,
      settings: { ...settings, temperatures: [0.5, 1] },
      results: [{ ...EVALUATION.results[0]!, temperature: 0.5 }, EVALUATION.results[0]!],
    };
    assertEquals(await kept({ settings: sharpened.settings }), {
      lack: "was made with other samples: --temperature was nothing, is the list [0.5,1]",
    });
    await writeEvaluation(folder, sharpened);
    assertEquals(await kept({ settings: sharpened.settings }), { value: sharpened });
    assertEquals(await kept(), {
      lack: "was made with other samples: --temperature was the list [0.5,1], is nothing",
    });
    const older = { format: "flm-evaluation", version: 1, ...EVALUATION };
    await Deno.writeTextFile(`${folder}/${EVALUATION_FILE}`, JSON.stringify(older));
    assertEquals(await kept(), { lack: "is of an older flm, which wrote other things down" });
  }));

Deno.test("replacedSettings() says in what an evaluation differs from the one that it replaces", () =>
  withFolder(async (folder) => {
    const other: Evaluation = {
      ...EVALUATION,
      settings: { ...settings, numSamples: 8, temperatures: [0.5] },
    };
    assertEquals(await replacedSettings(folder, other), [], "there is none");
    await writeEvaluation(folder, EVALUATION);
    assertEquals(await replacedSettings(folder, EVALUATION), []);
    assertEquals(await replacedSettings(folder, { ...other, weights: "model" }), []);
    assertEquals(await replacedSettings(folder, other), [
      "evaluation.numSamples was 1, is 8",
      "--temperature was nothing, is the list [0.5]",
    ]);
    await Deno.writeTextFile(`${folder}/${EVALUATION_FILE}`, "{");
    assertEquals(await replacedSettings(folder, other), [], "it is damaged");
  }));

Deno.test("keptEvaluation() names what is wrong with a file", () =>
  withFolder(async (folder) => {
    const path = `${folder}/${EVALUATION_FILE}`;
    const result = EVALUATION.results[0]!;
    const head = { format: "flm-evaluation", version: 3 };
    const cases: [unknown, string][] = [
      ["{", "it is not JSON"],
      ["null", "format is missing"],
      ["{}", "format is missing"],
      [
        { ...head, format: "flm-samples" },
        'format: expected "flm-evaluation", found "flm-samples"',
      ],
      [{ ...head, version: 4 }, "its version is 4, this program reads 3"],
      [
        { ...EVALUATION, ...head, results: [{ ...result, metrics: { entropy: null } }] },
        'results[0].metrics["entropy"]',
      ],
      [{ ...EVALUATION, ...head, results: [{ ...result, metrics: 2 }] }, "results[0].metrics"],
      [{ ...EVALUATION, ...head, results: null }, "results: expected a list"],
      ['{"format": "flm-evaluation", "version": 3, "step": NaN}', "it is not JSON"],
    ];
    for (const [content, message] of cases) {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      await Deno.writeTextFile(path, text);
      const { message: found } = await assertRejects(
        () => keptEvaluation(folder, { checkpoint: "c", settings }),
        DataError,
        `Cannot read ${path}: `,
      );
      assertStringIncludes(found, message);
      assertStringIncludes(found, "Make it again with deno task evaluate.");
    }
  }));
