/**
 * The whole way on a small scale: `deno task demo` fetches a public-domain corpus, makes token
 * shards, trains a small FLM, distils it into a flow map, and writes text with both, in one step
 * and in more; an autoregressive model of the same text judges them. A demo that was cut off goes
 * on where it was; one that is done only samples.
 *
 * @module
 */

import { listCheckpoints } from "../lib/checkpoint/run_folder.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { formatDuration, formatNumber, formatSteps } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { runMain } from "../lib/cli/main.ts";
import { recipe } from "../lib/cli/names.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import { print } from "../lib/cli/stdout.ts";
import { type Config, configKeys } from "../lib/config/config.ts";
import { ValidationBatches } from "../lib/data/batches/batches.ts";
import type { ShardManifest } from "../lib/data/shards/manifest.ts";
import { tokensInBlock } from "../lib/data/shards/packing.ts";
import { openShards } from "../lib/data/shards/shards.ts";
import { ArJudge, judgePerplexity } from "../lib/eval/ar_judge.ts";
import { meanTokenEntropy } from "../lib/eval/entropy.ts";
import { generativePerplexity, scoreTexts } from "../lib/eval/generative_perplexity.ts";
import { judgeTokens } from "../lib/eval/judge_tokens.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { writeJsonFile } from "../lib/io/json_file.ts";
import type { Method } from "../lib/methods/base/method.ts";
import { methodOf, methodOfSection } from "../lib/methods/table.ts";
import { loadTeachers } from "../lib/methods/teachers.ts";
import { FlowLanguageModel } from "../lib/sampling/flow_language_model.ts";
import { boolean } from "../lib/schema/field.ts";
import { pathForCaller, sameCommand, taskCommand } from "../lib/system/task_command.ts";
import { requireWritable } from "../lib/system/writable.ts";
import { METRICS_FILE, readMetrics } from "../lib/train/metrics.ts";
import { tableOf, textTable } from "./figures/text_table.ts";
import { drawTexts } from "./measuring/draw_texts.ts";
import { settingsChange } from "./reproduce/status.ts";
import { removeRun } from "./runs/remove_run.ts";
import { runFolder, teacherFolders } from "./runs/run_folders.ts";
import { requireSettledTeacher } from "./runs/settled_teacher.ts";
import { train } from "./runs/train_with_progress.ts";
import { makeShards } from "./shards/make_shards.ts";

/** Texts that are shown of each number of steps; all are measured. */
const SHOWN = 4;
/** Blocks that the judge sees at once. */
const JUDGE_BATCH = 64;

/** The texts, in a run's folder. */
const SAMPLES_FILE = "samples.json";

/** Texts of one number of steps, as samples.json keeps them. */
interface SampleSet {
  numSteps: number;
  texts: string[];
}

/** Trains, or goes on with a run that was cut off; one that is done is left alone. */
async function trainOrResume(
  gpu: Gpu,
  config: Config,
  method: Method,
  label: string,
): Promise<string> {
  const run = runFolder(config, method.section);
  using teachers = await loadTeachers(gpu, method, teacherFolders(config, method), config.data);
  const resume = (await listCheckpoints(run)).length > 0;
  const change = await settingsChange(config, method, run, { goesOn: true });
  if (change !== "") {
    writeStderr(`Note: ${pathForCaller(run)} was made otherwise: ${change}. --redo begins anew.\n`);
  }
  await train(gpu, { config, method, run }, { frozen: teachers.frozen, label, resume });
  return run;
}

/** Trains the autoregressive model that judges the texts, and loads it. */
async function makeJudge(gpu: Gpu, config: Config): Promise<ArJudge> {
  const method = methodOfSection("ar");
  print(`\nThe ${method.title} that judges the texts:`);
  const run = await trainOrResume(gpu, config, method, "train-ar");
  return await ArJudge.load(run, { gpu });
}

/** Perplexity and entropy of the texts by model and number of steps, and of real text. */
async function reportQuality(
  judge: ArJudge,
  { data }: Config,
  models: readonly { title: string; sets: readonly SampleSet[] }[],
): Promise<void> {
  const rows: { title: string; numSteps: number; perplexity: number | null; entropy: number }[] =
    [];
  for (const { title, sets } of models) {
    for (const { numSteps, texts } of sets) {
      const { perplexity } = generativePerplexity(await scoreTexts(judge, texts));
      const entropy = meanTokenEntropy(texts.map((text) => judgeTokens(judge.tokenizer, text)));
      rows.push({ title, numSteps, perplexity, entropy });
    }
  }
  using shards = await openShards(data.dir);
  const blocks = new ValidationBatches(shards.blocks("validation"), JUDGE_BATCH);
  const own = await judgePerplexity(judge, blocks, data.length);
  const table = tableOf(rows, [
    { head: "model", text: ({ title }) => title },
    { head: "steps", text: ({ numSteps }) => String(numSteps) },
    { head: "perplexity", number: ({ perplexity }) => perplexity },
    { head: "entropy (nats)", number: ({ entropy }) => entropy },
  ]);
  print(
    `\n${textTable(table)}\n\nThe judge is a small model that was trained on the same ` +
      `text (${judge.name}): real text that it has not seen has the perplexity ` +
      `${formatNumber(own)} to it. Perplexities are per character.`,
  );
}

/**
 * What the last validation says: the loss where little noise is left must be far below what
 * the frequencies of the characters alone would give.
 */
async function reportLearning(run: string, manifest: ShardManifest): Promise<void> {
  const { corpus, length, packing } = manifest;
  const last = (await readMetrics(`${run}/${METRICS_FILE}`))
    .filter(({ kind }) => kind === "validation").at(-1);
  if (last === undefined) return;
  // The tokens that frame a block are always the same. How many a padded one has differs.
  const unigram = packing === "padded"
    ? null
    : corpus.unigramEntropy * tokensInBlock(length, packing) / length;
  const guessing = unigram === null
    ? ""
    : `\nGuessing by the frequencies of the characters alone: ${formatNumber(unigram)}.`;
  print(
    `\nValidation loss: ${formatNumber(Number(last.loss))} nats/character over all times, ` +
      `${formatNumber(Number(last.lossByTime3))} at t in [0.75, 1].` +
      guessing,
  );
}

async function drawSamples(gpu: Gpu, { sampling }: Config, run: string): Promise<SampleSet[]> {
  using model = await FlowLanguageModel.load(run, { gpu });
  using interrupt = new Interrupt();
  const { signal } = interrupt;
  const { numSamples, seed } = sampling;
  const sets: SampleSet[] = [];
  for (const numSteps of sampling.numSteps) {
    const samples = await drawTexts(model, { numSteps, gamma: null, numSamples, seed }, { signal });
    sets.push({ numSteps, texts: samples.map(({ text }) => text) });
  }
  return sets;
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand("demo"),
      doc: "Fetches a corpus, trains a small model on it, distils it and samples from both.",
      flags: {
        config: recipe({ doc: "What to make.", fallback: "data/demo.yaml" }),
        redo: boolean({
          doc: "Begin anew: runs of this name that are there are removed.",
          fallback: false,
        }),
      },
      overrides: configKeys(),
    });
    const started = performance.now();
    const config = await loadRecipe(flags.config, overrides);
    const run = runFolder(config);
    const first = methodOf(config.method);
    const distillation = methodOf(config.distill.method, "distill.method");
    const student = runFolder(config, distillation.section);
    if (flags.redo) {
      for (const each of [run, student, runFolder(config, "ar")]) await removeRun(each);
    } else await requireSettledTeacher({ run, ...config.train }, student);
    for (const folder of [run, student]) await requireWritable(`${folder}/${SAMPLES_FILE}`);
    using gpu = await Gpu.open();
    const manifest = await makeShards(config.data);
    print(`\nThe ${first.title}:`);
    await trainOrResume(gpu, config, first, "train");
    print(`\nThe ${distillation.title}, distilled from it:`);
    const distilled = await trainOrResume(gpu, config, distillation, "distill");
    using judge = await makeJudge(gpu, config);
    const models: { title: string; sets: SampleSet[] }[] = [];
    for (const [title, folder] of [["FLM", run], ["Distilled", distilled]] as const) {
      const sets = await drawSamples(gpu, config, folder);
      for (const { numSteps, texts } of sets) {
        print(`\n${title}, ${formatSteps(numSteps)}:`);
        for (const text of texts.slice(0, SHOWN)) print(`  ${text.replaceAll("\n", " / ")}`);
      }
      await writeJsonFile(`${folder}/${SAMPLES_FILE}`, sets);
      models.push({ title, sets });
    }
    await reportQuality(judge, config, models);
    await reportLearning(run, manifest);
    const seconds = (performance.now() - started) / 1000;
    print(
      `\nThe runs are in ${run} and ${distilled}: config.yaml, ${METRICS_FILE}, ` +
        `${SAMPLES_FILE}, checkpoints/. The judge is in ${runFolder(config, "ar")}.`,
    );
    print(`Write more by ${taskCommand("sample")} ${distilled} --steps 1 --watch`);
    print(`Done in ${formatDuration(seconds)}.`);
  }, { goOn: sameCommand("demo", Deno.args) });
}
