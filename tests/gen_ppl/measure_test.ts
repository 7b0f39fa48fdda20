/**
 * The generative perplexity of a run and of a file.
 *
 * @module
 */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CheckpointError, FlmError } from "../../lib/errors.ts";
import { meanTokenEntropy } from "../../lib/eval/entropy.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import type { JudgeToOpen } from "../../tasks/gen_ppl/judge.ts";
import { type MeasureOptions, measureRun, openJudged } from "../../tasks/gen_ppl/measure.ts";
import { describeFile, measureFile } from "../../tasks/gen_ppl/measure_file.ts";
import { keptGenPpl } from "../../tasks/gen_ppl/results.ts";
import type { SamplesFile } from "../../tasks/gen_ppl/samples.ts";
import { readSamplesFile } from "../../tasks/gen_ppl/samples_file.ts";
import { BigramJudge } from "../testing/bigram_judge.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { withTinyRun } from "../testing/tiny_run.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const CORPUS = "the quick brown fox jumps over the lazy dog ";
const JUDGE = { judge: "models/bigrams", revision: null };

/** A judge that is what `content` says, and not the run of a model unless told. */
function toOpen(judge: BigramJudge, content = "a", run: string | null = null): JudgeToOpen {
  return {
    ...JUDGE,
    run,
    identity: () => Promise.resolve(content.repeat(64)),
    open: () => Promise.resolve(judge),
  };
}

function options(
  run: string,
  judge: BigramJudge,
  changes: Partial<MeasureOptions> = {},
): MeasureOptions {
  return {
    ...{ run, weights: "ema", numSteps: [2, 1], gammas: null, sharpening: [{}] },
    ...{ numSamples: 3, seed: 5 },
    ...{ batchSize: 2, maxTokens: null, batchTokens: 64 },
    judge: toOpen(judge),
    signal: new AbortController().signal,
    ...{ log() {}, show() {} },
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
      const [second, first] = found.results;
      assertEquals([second!.numSteps, first!.numSteps, first!.gamma], [1, 2, null]);
      assertAlmostEquals(first!.perplexity!, expected.perplexity!, 1e-9);
      assertAlmostEquals(
        first!.entropy!,
        meanTokenEntropy(samples.map(({ tokens }) => tokens)),
        1e-12,
      );
      assert(first!.perplexity !== second!.perplexity);
      assertEquals([found.model, found.step], ["flm", TINY_STEP]);
      // The corpus is the judge's, and it is no random text.
      assertEquals(found.validation[0]!.numTexts, 3);
      assert(found.validation[0]!.perplexity! < first!.perplexity!);

      const folder = `${run}/gen-ppl/bigrams`;
      const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
      const files = ["entropy.svg", "perplexity.svg", "results.json", "samples-1-n3-seed5.json"];
      assertEquals(names, [...files, "samples-2-n3-seed5.json", "table.md"]);
      assertEquals((await keptGenPpl(folder, JUDGE, found))?.value, found);
      const file: SamplesFile = await readJson(`${folder}/samples-2-n3-seed5.json`);
      assertEquals(file.generated_seqs, texts);
      assertEquals([file.generative_ppl, file.entropy], [first!.perplexity, first!.entropy]);
      // Samples are a file of texts to score, as those of the reference.
      assertEquals((await readSamplesFile(`${folder}/samples-2-n3-seed5.json`)).texts, texts);
      const table = await Deno.readTextFile(`${folder}/table.md`);
      assert(table.includes("| FLM             |     2 |"), table);
      assert(table.includes("| validation text |       |"), table);
      assert((await Deno.readTextFile(`${folder}/perplexity.svg`)).startsWith("<svg "));
    }),
);

gpuTest(
  "measureRun() finds the same as several ranks, of which the first writes",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      for (const each of [run, `${run}-alone`]) await writeTinyCheckpoint(gpu, each, { data });
      const judge = await BigramJudge.learn(CORPUS);
      const alone = await measureRun(gpu, options(`${run}-alone`, judge));
      const shown: unknown[] = [];
      const together = () =>
        Promise.all(
          ranksInOneProcess(2).map((ranks) =>
            measureRun(gpu, options(run, judge, { ranks, show: (found) => shown.push(found) }))
          ),
        );
      assertEquals(await together(), [alone, alone]);
      assertEquals(shown, [alone]);
      for (const name of ["results.json", "samples-2-n3-seed5.json", "perplexity.svg"]) {
        const [found, expected] = [run, `${run}-alone`].map((each) =>
          Deno.readTextFileSync(`${each}/gen-ppl/bigrams/${name}`)
        );
        assertEquals(found, expected, name);
      }
      // What rank 0 finds on disk, the others need not.
      assertEquals(await together(), [alone, alone]);
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
      const broken = { ...toOpen(judge), open: () => Promise.reject(new FlmError("no judge")) };
      const others: unknown[] = [];
      const meanwhile = async () => {
        others.push(await measureRun(gpu, options(run, judge)).catch((error) => error.message));
        throw new FlmError("no judge");
      };
      const busy = { ...broken, open: meanwhile };
      await assertRejects(() => measureRun(gpu, options(run, judge, { judge: busy })), FlmError);
      assertStringIncludes(
        String(others),
        `(${Deno.pid} on ${Deno.hostname()}) is measuring ${run}`,
      );
      const path = `${run}/gen-ppl/bigrams/samples-2-n3-seed5.json`;
      const drawn: SamplesFile = await readJson(path);
      assertEquals([drawn.generative_ppl, drawn.score], [null, undefined]);
      const marked = ["marked", ...drawn.generated_seqs.slice(1)];
      const mark = async (file: SamplesFile) =>
        await Deno.writeTextFile(path, JSON.stringify({ ...file, generated_seqs: marked }));
      await mark(drawn);

      const { found, numTexts } = await asked();
      assertEquals(numTexts, 9);
      assertEquals((await readJson(path)).generated_seqs, marked);
      // All is known: the judge need not even be there.
      assertEquals(await asked({ judge: broken }), { found, numTexts: 0 });
      const short = await asked({ maxTokens: 4 });
      assertEquals(short.numTexts, 9);
      assertEquals(short.found.results[0]!.numTruncated, 0);
      assertEquals(short.found.results[1]!.numTruncated, 3);

      // Samples are as they were drawn, and as many.
      await asked();
      const before = await readJson(path);
      const lines: string[] = [];
      const log = (line: string) => lines.push(line);
      for (const generated_seqs of [["a b", ...drawn.generated_seqs.slice(1)], ["a b"]]) {
        await Deno.writeTextFile(path, JSON.stringify({ ...before, generated_seqs }));
        assertEquals((await asked({ log })).numTexts, 3);
        assertEquals((await readJson(path)).generated_seqs, drawn.generated_seqs);
      }
      assertMatch(lines.join("\n"), /was altered after its samples were scored\. Its samples are/);
      assertMatch(lines.join("\n"), /has 1 sample, expected 3\. Its samples are drawn again/);
    }),
);

gpuTest(
  "measureRun() measures anew when what lies under the names of run or judge is another model",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const judge = await BigramJudge.learn(CORPUS);
      const other = await BigramJudge.learn("a quite different text");
      const lines: string[] = [];
      const log = (line: string) => lines.push(line);
      const measure = async (changes: Partial<MeasureOptions> = {}) => {
        lines.length = 0;
        return await measureRun(gpu, options(run, judge, { log, ...changes }));
      };
      const first = await measure();
      const judged = await measure({ judge: toOpen(other, "b") });
      for (const [i, { perplexity }] of judged.results.entries()) {
        assert(perplexity !== first.results[i]!.perplexity);
      }
      assert(judged.validation[0]!.perplexity !== first.validation[0]!.perplexity);
      assertMatch(lines[0]!, /results\.json is of another model under the judge's name: it begins/);
      assertEquals(await measure(), first);

      await writeTinyCheckpoint(gpu, run, { data, seed: 10 });
      judge.asked.length = 0;
      const trained = await measure();
      // Of validation text the judge says what it said.
      assertEquals(judge.asked.reduce((sum, [rows]) => sum + rows, 0), 6);
      for (const [i, { perplexity }] of trained.results.entries()) {
        assert(perplexity !== first.results[i]!.perplexity);
      }
      assertEquals(trained.validation, first.validation);
      assertMatch(
        lines[0]!,
        /results\.json is of other weights \(of step 7\) than the run has now/,
      );
      assertMatch(lines[1]!, /samples-2-n3-seed5\.json was drawn with other weights/);
    }),
);

gpuTest(
  "measureRun() adds to the results before, and replaces what was measured in the same way",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const judge = await BigramJudge.learn(CORPUS);
      const rows: string[] = [];
      const measure = async (changes: Partial<MeasureOptions>) => {
        const { results } = await measureRun(gpu, options(run, judge, changes));
        rows.splice(
          0,
          Infinity,
          ...results.map(({ numSteps, weights, seed, maxTokens }) =>
            [numSteps, weights, seed, maxTokens].join(" ")
          ),
        );
      };
      await measure({ numSteps: [2] });
      await measure({ numSteps: [1] });
      assertEquals(rows, ["1 ema 5 ", "2 ema 5 "]);
      await measure({ numSteps: [1], seed: 6 });
      await measure({ numSteps: [1], maxTokens: 4 });
      await measure({ numSteps: [2], weights: "model" });
      await measure({ numSteps: [2] });
      assertEquals(rows, ["1 ema 5 ", "1 ema 5 4", "1 ema 6 ", "2 ema 5 ", "2 model 5 "]);
      await Deno.stat(`${run}/gen-ppl/bigrams/samples-2-model-n3-seed5.json`);
      const table = await Deno.readTextFile(`${run}/gen-ppl/bigrams/table.md`);
      assertMatch(table, /\| text +\| steps \| weights \| seed \| at most tokens \| perplexity/);
    }),
);

gpuTest(
  "measureRun() names a damaged file, and makes it again; so with those of an older flm",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const judge = await BigramJudge.learn(CORPUS);
      const lines: string[] = [];
      const measure = () =>
        measureRun(gpu, options(run, judge, { numSteps: [1], log: (line) => lines.push(line) }));
      const found = await measure();
      const folder = `${run}/gen-ppl/bigrams`;
      const samples = `${folder}/samples-1-n3-seed5.json`;
      for (const path of [`${folder}/results.json`, samples]) {
        const text = await Deno.readTextFile(path);
        const cases: [string, RegExp][] = [
          [text.replace(/"entropy": [\d.]+/, '"entropy": "NaN"'), /entropy: expected a number/],
          [text.replace(/"entropy": [\d.]+/, '"entropy": NaN'), /it is not JSON/],
          [text.replace(/"version": 2/, '"version": 1'), /is of an older flm/],
          [text.slice(0, 100), /it is not JSON/],
        ];
        for (const [content, message] of cases) {
          await Deno.writeTextFile(path, content);
          lines.length = 0;
          assertEquals(await measure(), found);
          assert(lines.some((line) => line.includes(path) && message.test(line)), lines.join("\n"));
        }
      }
    }),
);

gpuTest(
  "measureRun() shows what it found before it writes, and asks first whether it can",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await Deno.mkdir(run);
      await writeTinyCheckpoint(gpu, run, { data });
      const judge = await BigramJudge.learn(CORPUS);
      const folder = `${run}/gen-ppl/bigrams`;
      let shown = 0;
      const show = () => {
        shown++;
        Deno.mkdirSync(`${folder}/results.json`);
      };
      await assertRejects(() => measureRun(gpu, options(run, judge, { show })), FlmError);
      assertEquals(shown, 1);
      judge.asked.length = 0;
      await assertRejects(
        () => measureRun(gpu, options(run, judge, { show, seed: 6 })),
        FlmError,
        "results.json: a folder has that name",
      );
      assertEquals([shown, judge.asked.length], [1, 0]);
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
        [0, "samples-2-gamma-0-n3-seed5.json"],
        [0.5, "samples-2-gamma-0.5-n3-seed5.json"],
      ]);
      assert(results[0]!.perplexity !== results[1]!.perplexity);
      // Without shards there is nothing to compare with.
      assertEquals(validation, []);
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
        "No checkpoint at http://127.0.0.1/run",
      );
    }),
);

gpuTest(
  "measureRun() keeps figures of different temperature and top-p apart",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      await writeTinyCheckpoint(gpu, run, { data });
      const judge = await BigramJudge.learn(CORPUS);
      const measure = (sharpening: MeasureOptions["sharpening"]) =>
        measureRun(gpu, options(run, judge, { numSteps: [8], sharpening }));
      const plain = await measure([{}]);
      const both = await measure([{ temperature: 4 }, { temperature: 4, topP: 0.3 }]);
      assertEquals(
        both.results.map(({ temperature, topP, samples }) => [temperature, topP, samples]),
        [
          [undefined, undefined, "samples-8-n3-seed5.json"],
          [4, 0.3, "samples-8-temperature-4-top-p-0.3-n3-seed5.json"],
          [4, undefined, "samples-8-temperature-4-n3-seed5.json"],
        ],
      );
      assertEquals(both.results[0], plain.results[0]);
      assertEquals(new Set(both.results.map(({ perplexity }) => perplexity)).size, 3);
      const folder = `${run}/gen-ppl/bigrams`;
      for (const { samples, temperature, topP } of both.results) {
        const { settings } = await readJson(`${folder}/${samples}`);
        assertEquals([settings.temperature, settings.topP], [temperature, topP]);
      }
      // What was drawn is drawn once, and read back as it was written.
      const file = `${folder}/${both.results[1]!.samples}`;
      const { mtime } = await Deno.stat(file);
      assertEquals((await measure([{ temperature: 4, topP: 0.3 }])).results, both.results);
      assertEquals((await Deno.stat(file)).mtime, mtime);
      // A file of other settings under the name is none of these samples.
      await Deno.copyFile(`${folder}/${plain.results[0]!.samples}`, file);
      assertEquals((await measure([{ temperature: 4, topP: 0.3 }])).results, both.results);
    }),
);

gpuTest(
  "openJudged() finds what cannot be measured, before any run is",
  (gpu) =>
    withTinyRun(1, async ({ data }, run) => {
      const judge = await BigramJudge.learn(CORPUS);
      const open = (gammas: number[] | null) => openJudged({ ...options(run, judge), gammas });
      await assertRejects(() => open(null), CheckpointError, "No checkpoint at");
      await writeTinyCheckpoint(gpu, run, { data });
      assertEquals((await open(null)).folder, `${run}/gen-ppl/bigrams`);
      await assertRejects(() => open([0]), FlmError, "--gamma is for denoiser flow maps");
      await writeTinyCheckpoint(gpu, run, { kind: "ar", data });
      await assertRejects(
        () => open(null),
        CheckpointError,
        "holds a model that does not write text",
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
      const { maxTokens, batchTokens, signal } = options(run, judge);
      const measure = (judgeRun: string | null) =>
        measureFile(gpu, {
          ...{ file, maxTokens, batchTokens, signal, log() {} },
          judge: toOpen(judge, "a", judgeRun),
        });
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
