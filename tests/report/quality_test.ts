/**
 * Evaluations with perplexities.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { type Evaluation, writeEvaluation } from "../../lib/eval/evaluation.ts";
import { writeFormat } from "../../lib/io/json_file.ts";
import { Checkpoint } from "../../lib/train/checkpoint.ts";
import { checkpointIdentity } from "../../lib/train/checkpoint_identity.ts";
import { type GenPplResults, RESULTS_FORMAT } from "../../tasks/gen_ppl/results.ts";
import { readQuality } from "../../tasks/report/quality.ts";
import type { RecipeJudge } from "../../tasks/reproduce/recipe_judge.ts";
import { withFolder } from "../testing/folder.ts";
import { FIGURES } from "../testing/gen_ppl.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

const SETTINGS = { numSteps: [1], gammas: [0, 0.5], numSamples: 1, seed: 3 };
const JUDGE = { judge: "gpt2", revision: null, judgeHash: null, maxTokens: null };
const WAY = { weights: "ema", numSteps: 1, numSamples: 1, seed: 3, maxTokens: null } as const;
const OF = { ...FIGURES, samples: "s", validation: "f".repeat(64) };

gpuTest(
  "readQuality() joins what was measured of the same weights, and says what is missing",
  (gpu) =>
    withFolder(async (run) => {
      const read = (judge: RecipeJudge | null, settings = SETTINGS) =>
        readQuality({ run, settings, judge });
      await writeTinyCheckpoint(gpu, run, { kind: "psd" });
      await assertRejects(() => read(null), DataError, `The run ${run} is not evaluated yet.`);
      const checkpoint = await checkpointIdentity(await Checkpoint.open(run));
      const evaluation: Evaluation = {
        ...{ model: "psd", checkpoint, step: 7, settings: SETTINGS },
        results: [0, 0.5].map((gamma) => ({
          ...{ numSteps: 1, gamma, entropy: 1.5, uniqueTokens: 4, texts: ["text"] },
        })),
      };
      await writeEvaluation(run, evaluation);
      assertEquals(await read(null), evaluation);
      await assertRejects(
        () => read(null, { ...SETTINGS, seed: 4 }),
        DataError,
        "evaluation.json was made with other samples: evaluation.seed was 3, is 4. Let",
      );

      await assertRejects(() => read(JUDGE), DataError, `The run ${run} is not judged by gpt2`);
      const folder = `${run}/gen-ppl/gpt2`;
      await Deno.mkdir(folder, { recursive: true });
      const found: GenPplResults = {
        ...{ judge: "gpt2", revision: null, judgeHash: "a".repeat(64), model: "psd", checkpoint },
        step: 7,
        validation: [{ ...FIGURES, perplexity: 1.5, texts: OF.validation, maxTokens: null }],
        results: [
          { ...OF, ...WAY, gamma: 0, perplexity: null },
          { ...OF, ...WAY, gamma: 0.5, perplexity: 2 },
          { ...OF, ...WAY, gamma: 0.5, perplexity: 3, seed: 4 },
        ],
        versions: { deno: "2", adapter: "a" },
      };
      const write = (changes: Partial<GenPplResults> = {}) =>
        writeFormat(`${folder}/results.json`, RESULTS_FORMAT, { ...found, ...changes });
      await write();
      assertEquals(
        (await read(JUDGE)).results
          .map(({ perplexity, validationPerplexity }) => [perplexity, validationPerplexity]),
        [[null, 1.5], [2, 1.5]],
      );
      await assertRejects(
        () => read({ ...JUDGE, judgeHash: "b".repeat(64) }),
        DataError,
        "results.json is of another model under the judge's name.",
      );
      await write({ results: found.results.slice(1) });
      await assertRejects(() => read(JUDGE), DataError, "in all ways of the recipe");
      await write({ checkpoint: "b".repeat(64) });
      await assertRejects(() => read(JUDGE), DataError, "results.json is of other weights");

      await writeTinyCheckpoint(gpu, run, { kind: "psd", seed: 10 });
      await assertRejects(() => read(null), DataError, "evaluation.json is of other weights");
    }),
);
