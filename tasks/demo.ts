/**
 * The whole way on a small scale: `deno task demo` fetches a public-domain corpus, makes token
 * shards, trains a small FLM, distils it into a flow map, and writes text with both, in one step
 * and in more. A demo that was cut off goes on where it was; one that is done only samples.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { formatDuration, formatNumber } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { path } from "../lib/cli/paths.ts";
import { Progress } from "../lib/cli/progress.ts";
import { type Config, configKeys } from "../lib/config.ts";
import { loadConfig } from "../lib/config_file.ts";
import type { ShardManifest } from "../lib/data/manifest.ts";
import { FlowLanguageModel } from "../lib/flow_language_model.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { writeFileAtomic } from "../lib/io/atomic.ts";
import { Checkpoint } from "../lib/train/checkpoint.ts";
import { loadFrozen } from "../lib/train/frozen.ts";
import { METRICS_FILE } from "../lib/train/run.ts";
import { readMetrics } from "../lib/train/metrics.ts";
import { distillStage } from "../lib/train/stages.ts";
import { preprocessData } from "./preprocess.ts";
import { runFolder, train, type Training, type TrainOptions } from "./training.ts";

/** Texts of one number of steps, as samples.json keeps them. */
interface SampleSet {
  numSteps: number;
  texts: string[];
}

/** Trains unless the run is done, and goes on with one that was cut off. */
async function trainOrResume(
  gpu: Gpu,
  training: Training,
  numSteps: number,
  options: Pick<TrainOptions, "stage" | "label"> = {},
): Promise<void> {
  const found = await Checkpoint.open(training.run).catch(() => undefined);
  if (found !== undefined && found.state.step >= numSteps) {
    console.log(
      `The model in ${training.run} is trained already; remove the folder to begin anew.`,
    );
    return;
  }
  await train(gpu, training, { ...options, resume: found !== undefined });
}

/** Distils the FLM of `run`, and gives the folder of the flow map. */
async function distil(gpu: Gpu, config: Config, run: string): Promise<string> {
  const { tokenizer, tokenizerFile } = config.data;
  using teacher = await loadFrozen(gpu, run, {
    kind: "flm",
    role: "teacher",
    tokenizer,
    tokenizerFile,
  });
  const stage = distillStage(config, teacher);
  const distilled = runFolder(config, "-distill");
  await trainOrResume(gpu, { config, run: distilled }, stage.train.numSteps, {
    stage,
    label: "distill",
  });
  return distilled;
}

/**
 * What the last validation says: the loss where little noise is left must be far below what
 * the frequencies of the characters alone would give.
 */
async function reportLearning(run: string, { corpus, length }: ShardManifest): Promise<void> {
  const last = (await readMetrics(`${run}/${METRICS_FILE}`))
    .filter(({ kind }) => kind === "validation").at(-1);
  if (last === undefined) return;
  // Every block begins and ends with a token that is always the same.
  const unigram = corpus.unigramEntropy * (length - 2) / length;
  console.log(
    `\nValidation loss: ${formatNumber(Number(last.loss))} nats/character over all times, ` +
      `${formatNumber(Number(last.lossByTime3))} at t in [0.75, 1].\n` +
      `Guessing by the frequencies of the characters alone: ${formatNumber(unigram)}.`,
  );
}

function stepsText(numSteps: number): string {
  return `${numSteps} step${numSteps === 1 ? "" : "s"}`;
}

async function writeSamples(gpu: Gpu, { sampling }: Config, run: string): Promise<SampleSet[]> {
  using model = await FlowLanguageModel.load(run, { gpu });
  using interrupt = new Interrupt();
  const sets: SampleSet[] = [];
  for (const numSteps of sampling.numSteps) {
    using bar = new Progress({ label: `sample, ${stepsText(numSteps)}`, total: null });
    const samples = await model.sample({
      numSteps,
      numSamples: sampling.numSamples,
      seed: sampling.seed,
      signal: interrupt.signal,
      onProgress: (done) => bar.update(done),
    });
    bar.finish();
    sets.push({ numSteps, texts: samples.map(({ text }) => text) });
  }
  await writeFileAtomic(`${run}/samples.json`, JSON.stringify(sets, null, 2) + "\n");
  return sets;
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: "deno task demo",
      doc: "Fetches a corpus, trains a small model on it, distils it and samples from both.",
      flags: {
        config: path({
          doc: "The configuration.",
          expected: "a YAML file",
          fallback: new URL("../data/demo.yaml", import.meta.url).pathname,
        }),
      },
      overrides: configKeys(),
    });
    const started = performance.now();
    const config = await loadConfig(flags.config, overrides);
    const run = runFolder(config);
    using gpu = await Gpu.open();
    const manifest = await preprocessData(config.data);
    await trainOrResume(gpu, { config, run }, config.train.numSteps);
    const distilled = await distil(gpu, config, run);
    for (const [model, folder] of [["FLM", run], ["Distilled", distilled]] as const) {
      for (const { numSteps, texts } of await writeSamples(gpu, config, folder)) {
        console.log(`\n${model}, ${stepsText(numSteps)}:`);
        for (const text of texts) console.log(`  ${text.replaceAll("\n", " / ")}`);
      }
    }
    await reportLearning(run, manifest);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `\nThe runs are in ${run} and ${distilled}: config.yaml, ${METRICS_FILE}, samples.json, ` +
        `checkpoints/.`,
    );
    console.log(`Done in ${formatDuration(seconds)}.`);
  });
}
