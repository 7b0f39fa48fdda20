/**
 * The generative perplexity of a run's samples, from drawing them to the files in its folder.
 *
 * @module
 */

import { checkpointIdentity } from "../../lib/checkpoint/identity.ts";
import type { OpenModelOptions } from "../../lib/checkpoint/models/open_model.ts";
import type { TrainedModel } from "../../lib/checkpoint/trained_model.ts";
import { shownPath } from "../../lib/cli/paths.ts";
import { DataError, FlmError, sentenceOf } from "../../lib/errors.ts";
import {
  type GenerativePerplexity,
  generativePerplexity,
} from "../../lib/eval/generative_perplexity.ts";
import { deviceFacts } from "../../lib/gpu/device_facts.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { writeFormat } from "../../lib/io/json_file.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { writeFileAtomic } from "../../lib/system/atomic.ts";
import { fromRankZero, ONE_PROCESS, rankZeroFirst } from "../../lib/system/communicator.ts";
import { FolderLock } from "../../lib/system/folder_lock.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { drawPlot } from "../figures/plots.ts";
import { describeWay } from "../measuring/draw_texts.ts";
import { openMeasured, resultsFolder } from "../measuring/measured_run.ts";
import { addResults, type Before, keptAnchor } from "./accumulate.ts";
import { type DrawOptions, drawSamples, gammasOf, requireSharpened, versionsOf } from "./draw.ts";
import { genPplFolder } from "./folder.ts";
import { type JudgeToOpen, LazyJudge } from "./judge.ts";
import {
  type GenPplKey,
  type GenPplResults,
  type JudgeSettings,
  keptAnchors,
  keptGenPpl,
  RESULTS_FILE,
  RESULTS_FORMAT,
} from "./results.ts";
import {
  hashOfTexts,
  keptScore,
  SAMPLES_FORMAT,
  type SamplesFile,
  samplesName,
} from "./samples.ts";
import { scoreValidation, scoreWithBar, type Scoring } from "./score.ts";
import { genPplMarkdown, genPplPlots } from "./table.ts";
import { validationTexts } from "./validation.ts";

/** What {@linkcode measureRun} needs. */
export interface MeasureOptions extends Omit<DrawOptions, "folder" | "checkpoint">, Scoring {
  /** The run's folder. */
  readonly run: string;
  /** What is told of a model that is no run. */
  readonly how?: OpenModelOptions;
  /** The judge. */
  readonly judge: JudgeToOpen;
  /** Takes what was found before it is written. */
  readonly show: (found: GenPplResults) => void;
}

/**
 * Opens the checkpoint of a run that is to be measured, without its weights.
 *
 * @returns It, and the folder of its results.
 * @throws {CheckpointError} if there is no checkpoint of a model that writes text.
 * @throws {FlmError} if a setting does not fit the model, or files cannot be written.
 */
export async function openJudged(
  { run, how, judge, gammas, sharpening, ranks }: Pick<
    MeasureOptions,
    "run" | "how" | "judge" | "gammas" | "sharpening" | "ranks"
  >,
): Promise<{ folder: string; checkpoint: TrainedModel }> {
  const folder = await genPplFolder(resultsFolder(run), judge.judge);
  const checkpoint = await openMeasured(run, `${folder}/${RESULTS_FILE}`, { ...how, ranks });
  const method = methodOf(checkpoint.state.kind);
  gammasOf(method, gammas);
  requireSharpened(method, sharpening);
  return { folder, checkpoint };
}

/**
 * Draws samples, has them and validation text scored, and writes `gen-ppl/JUDGE/` in the run's
 * folder: the samples, `results.json`, `table.md`, `perplexity.svg` and `entropy.svg`. What was
 * done before of the same weights, by the same judge and with the same settings is kept.
 *
 * @returns All that is known of these weights and this judge.
 * @throws {CheckpointError} if there is no checkpoint, or no such judge.
 * @throws {FlmError} if a setting does not fit the model, files cannot be written, or another
 * process is measuring the same.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function measureRun(gpu: Gpu, options: MeasureOptions): Promise<GenPplResults> {
  const { run, judge, maxTokens, log, show, ranks = ONE_PROCESS } = options;
  const { folder, checkpoint } = await openJudged(options);
  const identity = await checkpointIdentity(checkpoint);
  // What the first downloads, the others find.
  const judgeHash = await rankZeroFirst(ranks, () => judge.identity());
  await requireSameWork(gpu, options, { checkpoint: identity, judgeHash });
  // Another process would add to the same results.
  using _lock = ranks.rank > 0 ? null : await FolderLock.take(folder, (owner) =>
    new FlmError(
      `${owner} is measuring ${shownPath(run)} with this judge. Wait until it has ended, or stop ` +
        `it.`,
    ));
  const before = await fromRankZero(
    ranks,
    () => findResults(folder, judge, { checkpoint: identity, judgeHash }, log),
  );
  const { files, texts } = await prepare(gpu, checkpoint, identity, folder, options);
  // The model's memory is free by now: a judge may be large.
  using asked = new LazyJudge(judge, gpu);
  const settings = { judge: judge.judge, revision: judge.revision, judgeHash, maxTokens };
  const scores: { file: SamplesFile; score: GenerativePerplexity }[] = [];
  for (const file of files) {
    const kept = keptScore(file, settings);
    const score = kept ?? await scoreSamples(asked, folder, file, settings, options);
    scores.push({ file, score });
  }
  const anchor = texts && (keptAnchor(before, texts, maxTokens) ??
    await scoreValidation(await asked.get(), texts, options));
  const rows = scores.map(({ file: { settings, entropy, uniqueTokens }, score }) => {
    const { checkpoint: _, ...way } = settings;
    const samples = samplesName(way);
    const validation = anchor?.texts ?? null;
    return { ...way, maxTokens, samples, validation, entropy, uniqueTokens, ...score };
  });
  const { kind, step } = checkpoint.state;
  const found: GenPplResults = {
    judge: judge.judge,
    revision: judge.revision,
    judgeHash,
    model: kind,
    checkpoint: identity,
    step,
    ...addResults(before, rows, anchor),
    versions: versionsOf({ gpu }),
  };
  if (ranks.rank > 0) return found;
  try {
    show(found);
  } finally {
    await writeResults(folder, run, found);
  }
  log(`Samples, table and plots in ${pathForCaller(folder)}`);
  return found;
}

/** Checks that all ranks are about to measure the same, in the same way. @throws {FlmError} */
async function requireSameWork(
  gpu: Gpu,
  { ranks, numSteps, gammas, sharpening, maxTokens, ...options }: MeasureOptions,
  models: GenPplKey,
): Promise<void> {
  const { numSamples, seed, weights, batchSize, batchTokens } = options;
  const texts = { numSteps, gammas, sharpening, numSamples, seed, weights, batchSize };
  const scores = { maxTokens, batchTokens };
  await ranks?.compare({ texts, scores, models, device: deviceFacts(gpu) });
}

/** Writes what was found, for programs and for people. */
async function writeResults(folder: string, run: string, found: GenPplResults): Promise<void> {
  await writeFormat(`${folder}/${RESULTS_FILE}`, RESULTS_FORMAT, found);
  await writeFileAtomic(`${folder}/table.md`, genPplMarkdown(shownPath(run), found));
  const { perplexity, entropy } = genPplPlots(found);
  await writeFileAtomic(`${folder}/perplexity.svg`, await drawPlot(perplexity));
  await writeFileAtomic(`${folder}/entropy.svg`, await drawPlot(entropy));
}

/**
 * What was found before of these weights and by this judge; else a word on what there is. What the
 * judge said of validation text does not depend on the weights.
 */
async function findResults(
  folder: string,
  judge: JudgeToOpen,
  key: GenPplKey,
  log: (line: string) => void,
): Promise<Before> {
  const file = `${pathForCaller(folder)}/${RESULTS_FILE}`;
  try {
    const kept = await keptGenPpl(folder, judge, key);
    if (kept?.value !== undefined) return kept.value;
    if (kept !== null) log(`${file} ${kept.lack}: it begins anew.`);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    log(`${sentenceOf(error.message)} It begins anew.`);
    return { results: [], validation: [] };
  }
  return { results: [], validation: await keptAnchors(folder, key.judgeHash) };
}

/** The samples, and as many validation texts; null if the shards are gone. */
async function prepare(
  gpu: Gpu,
  opened: TrainedModel,
  checkpoint: string,
  folder: string,
  options: MeasureOptions,
) {
  const { run, weights, numSamples, log, ranks = ONE_PROCESS } = options;
  using model = await FlowLanguageModel.of(opened, { gpu, weights });
  const files = await drawSamples(model, { ...options, folder, checkpoint });
  const { tokenizer } = model;
  const { state } = opened;
  const wish = { run, state, tokenizer, count: numSamples, log };
  const texts = await fromRankZero(ranks, () => validationTexts(wish));
  return { files, texts };
}

/** The score of a file of samples, which is written into it. */
async function scoreSamples(
  judge: LazyJudge,
  folder: string,
  file: SamplesFile,
  settings: JudgeSettings,
  options: MeasureOptions,
): Promise<GenerativePerplexity> {
  const { generated_seqs } = file;
  const label = describeWay("score", file.settings);
  const scores = await scoreWithBar(await judge.get(), label, generated_seqs, options);
  const score = generativePerplexity(scores);
  if ((options.ranks?.rank ?? 0) > 0) return score;
  await writeFormat(`${folder}/${samplesName(file.settings)}`, SAMPLES_FORMAT, {
    ...file,
    generative_ppl: score.perplexity,
    score: { ...settings, texts: await hashOfTexts(generated_seqs), ...score },
  });
  return score;
}
