/**
 * Evaluations with perplexities.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { checkpointIdentity } from "../../lib/checkpoint/identity.ts";
import { parseConfig } from "../../lib/config/config.ts";
import { DataError } from "../../lib/errors.ts";
import { type Evaluation, writeEvaluation } from "../../lib/eval/evaluation.ts";
import { writeFormat } from "../../lib/io/json_file.ts";
import { type GenPplResults, RESULTS_FORMAT } from "../../tasks/gen_ppl/results.ts";
import { readQualities, readQuality } from "../../tasks/report/quality.ts";
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
      const find = (judge: RecipeJudge | null, settings = SETTINGS) =>
        readQuality({ run, settings, judge });
      const read = async (judge: RecipeJudge | null) => {
        const found = await find(judge);
        assert(found.value !== undefined, found.lack);
        return found.value;
      };
      const lacks = async (lack: string, judge: RecipeJudge | null, settings = SETTINGS) =>
        assertEquals(await find(judge, settings), { lack });
      await lacks(`there is no checkpoint in ${run}`, null);
      await writeTinyCheckpoint(gpu, run, { kind: "psd" });
      await lacks(`${run} is not evaluated yet`, null);
      const checkpoint = await checkpointIdentity(await Checkpoint.open(run));
      const evaluation: Evaluation = {
        ...{ model: "psd", checkpoint, step: 7, weights: "ema", settings: SETTINGS },
        results: [0, 0.5].map((gamma) => ({
          ...{ numSteps: 1, gamma, metrics: { entropy: 1.5, uniqueTokens: 4 }, texts: ["text"] },
        })),
      };
      await writeEvaluation(run, evaluation);
      assertEquals(await read(null), evaluation);
      await lacks(
        `${run}/evaluation.json was made with other samples: evaluation.seed was 3, is 4`,
        null,
        { ...SETTINGS, seed: 4 },
      );

      const ways = `${run} is not judged by gpt2 in all ways of the recipe yet`;
      await lacks(ways, JUDGE);
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
      const file = `${folder}/results.json`;
      const other = { ...JUDGE, judgeHash: "b".repeat(64) };
      await lacks(`${file} is of another model under the judge's name`, other);
      await write({ results: found.results.slice(1) });
      await lacks(ways, JUDGE);
      await write({ checkpoint: "b".repeat(64) });
      await lacks(`${file} is of other weights (of step 7) than the run has now`, JUDGE);

      await writeTinyCheckpoint(gpu, run, { kind: "psd", seed: 10 });
      await lacks(
        `${run}/evaluation.json is of other weights (of step 7) than the run has now`,
        null,
      );
    }),
);

gpuTest(
  "readQualities() refuses a run that was made otherwise than the recipe says",
  async (gpu) => {
    const name = `test-${crypto.randomUUID().slice(0, 8)}`;
    const run = `runs/${name}`;
    try {
      await writeTinyCheckpoint(gpu, run);
      const { state: { config } } = await Checkpoint.open(run);
      const read = (changes: Partial<typeof config>) =>
        assertRejects(
          () => readQualities({ ...config, name, ...changes }, { file: "a.yaml", overrides: {} }),
          DataError,
        );
      assertStringIncludes((await read({})).message, `${run} is not evaluated yet`);
      assertStringIncludes(
        (await read({ train: { ...config.train, numSteps: 9 } })).message,
        `${run} was made otherwise: train.numSteps was 7, is 9 (a report takes the keys of a run,`,
      );
    } finally {
      await Deno.remove(run, { recursive: true });
    }
  },
);

Deno.test("readQualities() names all that is missing, and what makes it", async () => {
  const config = parseConfig({
    name: "none-such",
    data: { source: { kind: "letters" }, tokenizer: "letters", length: 8, dir: "shards/none-such" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 1, batchSize: 1 },
    evaluation: { judge: "ar" },
  });
  const source = { file: "data/none-such.yaml", overrides: { "optim.lr": "1e-3" } };
  const { message } = await assertRejects(() => readQualities(config, source), DataError);
  assertEquals(message.split("\n"), [
    "Not everything is there yet that a report of none-such shows:",
    "  there is no checkpoint in runs/none-such",
    "  there is no checkpoint in runs/none-such-distill",
    "What is missing is made by: deno task reproduce none-such --optim.lr=1e-3",
  ]);
});
