/**
 * The generative perplexity of a run and of a file.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { meanTokenEntropy } from "../../lib/eval/entropy.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import { FlowLanguageModel } from "../../lib/flow_language_model.ts";
import { type MeasureOptions, measureRun } from "../../tasks/gen_ppl/measure.ts";
import { describeFile, measureFile } from "../../tasks/gen_ppl/measure_file.ts";
import { readGenPpl, type SamplesFile } from "../../tasks/gen_ppl/results.ts";
import { readSamplesFile } from "../../tasks/gen_ppl/samples_file.ts";
import { BigramJudge } from "../testing/bigram_judge.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const CORPUS = "the quick brown fox jumps over the lazy dog ";
const SETTINGS = { judge: "models/bigrams", revision: null, maxTokens: null };

function options(
  run: string,
  judge: BigramJudge,
  changes: Partial<MeasureOptions> = {},
): MeasureOptions {
  return {
    ...{ run, weights: "ema", numSteps: [2, 1], gammas: null, numSamples: 3, seed: 5 },
    ...{ batchSize: 2, settings: SETTINGS, batchTokens: 64 },
    judge: { fixed: true, open: () => Promise.resolve(judge) },
    signal: new AbortController().signal,
    log: () => {},
    ...changes,
  };
}

const readJson = async (path: string) => JSON.parse(await Deno.readTextFile(path));

gpuTest(
  "measureRun() scores a run's samples and its validation text, and writes all",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const judge = await BigramJudge.learn(CORPUS);
      const found = await measureRun(gpu, options(run, judge));

      using model = await FlowLanguageModel.load(run, { gpu });
      const samples = await model.sample({ numSteps: 2, numSamples: 3, seed: 5 });
      const texts = samples.map(({ text }) => text);
      const expected = generativePerplexity(await scoreTexts(judge, texts));
      const [first, second] = found.results;
      assertEquals([first!.numSteps, second!.numSteps, first!.gamma], [2, 1, null]);
      assertAlmostEquals(first!.perplexity!, expected.perplexity!, 1e-9);
      assertAlmostEquals(
        first!.entropy!,
        meanTokenEntropy(samples.map(({ tokens }) => tokens)),
        1e-12,
      );
      assert(first!.perplexity !== second!.perplexity);
      assertEquals([found.model, found.step], ["flm", TINY_STEP]);
      // The corpus is the judge's, and it is no random text.
      assertEquals(found.validation!.numTexts, 3);
      assert(found.validation!.perplexity! < first!.perplexity!);

      const folder = `${run}/gen-ppl/bigrams`;
      const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
      const files = ["entropy.svg", "perplexity.svg", "results.json", "samples-1.json"];
      assertEquals(names, [...files, "samples-2.json", "table.md"]);
      assertEquals(await readGenPpl(run, SETTINGS.judge), found);
      const file: SamplesFile = await readJson(`${folder}/samples-2.json`);
      assertEquals(file.generated_seqs, texts);
      assertEquals([file.generative_ppl, file.entropy], [first!.perplexity, first!.entropy]);
      // Samples are a file of texts to score, as those of the reference.
      assertEquals((await readSamplesFile(`${folder}/samples-2.json`)).texts, texts);
      const table = await Deno.readTextFile(`${folder}/table.md`);
      assert(table.includes("| FLM             |     2 |"), table);
      assert(table.includes("| validation text |       |"), table);
      assert((await Deno.readTextFile(`${folder}/perplexity.svg`)).startsWith("<svg "));
    }),
);

gpuTest(
  "measureRun() keeps what it did before, and does anew what has changed",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const judge = await BigramJudge.learn(CORPUS);
      /** The texts that the judge is asked about: samples of each number of steps, validation. */
      const asked = async (changes: Partial<MeasureOptions> = {}) => {
        judge.asked.length = 0;
        const found = await measureRun(gpu, options(run, judge, changes));
        return { found, numTexts: judge.asked.reduce((sum, [rows]) => sum + rows, 0) };
      };
      // Samples are there before the judge is: a judge that fails costs no samples.
      const broken = { fixed: true, open: () => Promise.reject(new FlmError("no judge")) };
      await assertRejects(() => measureRun(gpu, options(run, judge, { judge: broken })), FlmError);
      const path = `${run}/gen-ppl/bigrams/samples-2.json`;
      const drawn: SamplesFile = await readJson(path);
      assertEquals([drawn.generative_ppl, drawn.score], [null, null]);
      const marked = ["marked", ...drawn.generated_seqs.slice(1)];
      await Deno.writeTextFile(path, JSON.stringify({ ...drawn, generated_seqs: marked }));

      const { found, numTexts } = await asked();
      assertEquals(numTexts, 9);
      assertEquals((await readJson(path)).generated_seqs, marked);
      assertEquals(await asked(), { found, numTexts: 0 });
      const trained = { fixed: false, open: () => Promise.resolve(judge) };
      assertEquals(await asked({ judge: trained }), { found, numTexts: 9 });
      const settings = { ...SETTINGS, maxTokens: 4 };
      const short = await asked({ settings });
      assertEquals(short.numTexts, 9);
      assertEquals(short.found.results[0]!.numTruncated, 3);
      assertEquals((await readJson(path)).generated_seqs, marked);

      assertEquals((await asked({ settings, seed: 6 })).numTexts, 6);
      assert((await readJson(path)).generated_seqs[0] !== "marked");
      await asked({ settings, weights: "model" });
      await Deno.stat(`${run}/gen-ppl/bigrams/samples-2-model.json`);
    }),
);

gpuTest(
  "measureRun() samples denoiser flow maps with shares of noise, others not",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      const lines: string[] = [];
      const log = (line: string) => lines.push(line);
      await writeTinyCheckpoint(gpu, run, { kind: "psd", data: { ...data, dir: "none" } });
      const judge = await BigramJudge.learn(CORPUS);
      const gammas = [0, 0.5];
      const { results, validation } = await measureRun(
        gpu,
        options(run, judge, { gammas, numSteps: [2], log }),
      );
      assertEquals(results.map(({ gamma, samples }) => [gamma, samples]), [
        [0, "samples-2-gamma-0.json"],
        [0.5, "samples-2-gamma-0.5.json"],
      ]);
      assert(results[0]!.perplexity !== results[1]!.perplexity);
      // Without shards there is nothing to compare with.
      assertEquals(validation, null);
      assert(lines[0]!.startsWith("No validation text to compare with: No token shards"), lines[0]);

      await writeTinyCheckpoint(gpu, run, { data });
      await assertRejects(
        () => measureRun(gpu, options(run, judge, { gammas })),
        FlmError,
        'this one is of kind "flm"',
      );
      await assertRejects(
        () => measureRun(gpu, options("http://127.0.0.1/run", judge)),
        FlmError,
        "Copy the run",
      );
    }),
);

gpuTest("measureRun() stops when it is told to", (gpu) =>
  withTinyRun(1, async ({ data }, run) => {
    await Deno.mkdir(run);
    await writeTinyCheckpoint(gpu, run, { data });
    const judge = await BigramJudge.learn(CORPUS);
    const signal = AbortSignal.abort(new FlmError("stopped"));
    await assertRejects(
      () => measureRun(gpu, options(run, judge, { signal })),
      FlmError,
      "stopped",
    );
  }));

gpuTest(
  "measureFile() scores texts from elsewhere, beside the judge's own validation text",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const file = `${run}/samples.json`;
      const texts = ["the fox", "", "the dog"];
      const recorded = { generative_ppl: 12.5, entropy: 1.5 };
      await Deno.writeTextFile(file, JSON.stringify({ ...recorded, generated_seqs: texts }));
      const judge = await BigramJudge.learn(CORPUS);
      const { judge: open, settings, batchTokens, signal } = options(run, judge);
      const measure = (judgeRun: string | null) =>
        measureFile({ file, judge: open, judgeRun, settings, batchTokens, signal, log() {} });
      const found = await measure(run);
      const expected = generativePerplexity(await scoreTexts(judge, texts));
      assertEquals(found.perplexity, expected.perplexity);
      assertEquals(found.validation!.numTexts, 3);
      const own = [texts[0]!, texts[2]!].map((text) => judge.tokenizer.encode(text));
      assertAlmostEquals(found.entropy!, meanTokenEntropy(own), 1e-12);
      const described = describeFile(file, found);
      for (const part of ["1 of 3 texts: nothing but", "The file says: perplexity 12.5, entropy"]) {
        assert(described.includes(part), described);
      }
      assertEquals((await measure(null)).validation, null);
      // Text that the judge may have learned by heart says nothing.
      await writeTinyCheckpoint(gpu, run, { data, dataHash: "other" });
      assertEquals((await measure(run)).validation, null);
    }),
);
