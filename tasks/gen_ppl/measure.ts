/**
 * The generative perplexity of a run's samples, from drawing them to the files in its folder.
 *
 * @module
 */

import { shownPath } from "../../lib/cli/paths.ts";
import { FlmError } from "../../lib/errors.ts";
import { generativePerplexity } from "../../lib/eval/generative_perplexity.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import { FlowLanguageModel } from "../../lib/flow_language_model.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { writeFileAtomic } from "../../lib/io/atomic.ts";
import { writeJsonFile } from "../../lib/io/json_file.ts";
import { refuseLinksOut } from "../../lib/io/links.ts";
import { isUrl } from "../../lib/io/location.ts";
import { makeFolder } from "../../lib/io/system_error.ts";
import { drawPlot } from "../report/plots.ts";
import { RUNS } from "../training.ts";
import { type DrawOptions, drawSamples, labelOf, versionsOf } from "./draw.ts";
import {
  type Anchor,
  genPplFolder,
  type GenPplResult,
  type GenPplResults,
  readGenPpl,
  sameValues,
  type SamplesFile,
  samplesName,
} from "./results.ts";
import { type JudgeToOpen, scoreValidation, scoreWithBar, type Scoring } from "./score.ts";
import { genPplMarkdown, genPplPlots } from "./table.ts";
import { type ValidationTexts, validationTexts } from "./validation.ts";

/** What {@linkcode measureRun} needs. */
export interface MeasureOptions extends Omit<DrawOptions, "folder">, Scoring {
  /** The run's folder. */
  readonly run: string;
  /** The judge. */
  readonly judge: JudgeToOpen;
  /** Takes a line for the user. */
  readonly log: (line: string) => void;
}

/**
 * Draws samples, has them and validation text scored, and writes `gen-ppl/JUDGE/` in the run's
 * folder: the samples, `results.json`, `table.md`, `perplexity.svg` and `entropy.svg`. What was
 * done before with the same settings is kept.
 *
 * @throws {CheckpointError} if there is no checkpoint, or no such judge.
 * @throws {FlmError} if a setting does not fit the model, or files cannot be written.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function measureRun(gpu: Gpu, options: MeasureOptions): Promise<GenPplResults> {
  const { run, judge: { open, fixed }, settings, log } = options;
  if (isUrl(run)) {
    throw new FlmError(
      `Cannot write into ${run}: results go into the run's folder. Copy the run, and give its path.`,
    );
  }
  const folder = genPplFolder(run, settings.judge);
  await refuseLinksOut(run, RUNS);
  const { files, texts, about } = await prepare(gpu, folder, options);
  // The model's memory is free by now: a judge may be large.
  using judge = await open();
  const results: GenPplResult[] = [];
  for (const file of files) results.push(await scoreSamples(judge, folder, file, options));
  const validation = texts && (
    (fixed ? await keptValidation(texts, options) : null) ??
      await scoreValidation(judge, texts, options)
  );
  const { numSamples, seed, weights } = options;
  const found: GenPplResults = {
    ...{ format: "flm-gen-ppl", version: 1, ...about },
    settings: { ...settings, weights, numSamples, seed },
    validation,
    results,
    versions: versionsOf({ gpu }),
  };
  await writeJsonFile(`${folder}/results.json`, found);
  const plots = genPplPlots(found);
  await writeFileAtomic(`${folder}/perplexity.svg`, await drawPlot(plots.perplexity));
  await writeFileAtomic(`${folder}/entropy.svg`, await drawPlot(plots.entropy));
  await writeFileAtomic(`${folder}/table.md`, genPplMarkdown(shownPath(run), found));
  log(`Samples, table and plots in ${shownPath(folder)}`);
  return found;
}

/** The samples, and as many validation texts; null if the shards are gone. */
async function prepare(gpu: Gpu, folder: string, options: MeasureOptions) {
  const { run, weights, numSamples, log } = options;
  using model = await FlowLanguageModel.load(run, { gpu, weights });
  await makeFolder(folder);
  const files = await drawSamples(model, { ...options, folder });
  const { state, tokenizer } = model;
  const { kind, step } = state;
  const texts = await validationTexts({ run, state, tokenizer, count: numSamples, log });
  return { files, texts, about: { model: kind, step } };
}

/** The score of a file of samples, which is written into it. */
async function scoreSamples(
  judge: Judge,
  folder: string,
  file: SamplesFile,
  options: MeasureOptions,
): Promise<GenPplResult> {
  const { settings, judge: { fixed } } = options;
  const { numSteps, gamma } = file.settings;
  const { entropy, uniqueTokens } = file;
  const samples = samplesName(file.settings);
  if (fixed && file.score !== null) {
    const { judge, revision, maxTokens, ...score } = file.score;
    if (sameValues({ judge, revision, maxTokens }, settings)) {
      return { numSteps, gamma, samples, entropy, uniqueTokens, ...score };
    }
  }
  const label = labelOf("score", file.settings);
  const scores = await scoreWithBar(judge, label, file.generated_seqs, options);
  const score = generativePerplexity(scores);
  await writeJsonFile(`${folder}/${samples}`, {
    ...file,
    generative_ppl: score.perplexity,
    score: { ...settings, ...score },
  });
  return { numSteps, gamma, samples, entropy, uniqueTokens, ...score };
}

/** What was found of the same validation text before; null if there is nothing. */
async function keptValidation(
  { texts, dataHash }: ValidationTexts,
  { run, settings }: MeasureOptions,
): Promise<Anchor | null> {
  const before = await readGenPpl(run, settings.judge).catch(() => null);
  if (!before?.validation) return null;
  const { judge, revision, maxTokens } = before.settings;
  const same = sameValues({ judge, revision, maxTokens }, settings) &&
    before.validation.dataHash === dataHash && before.validation.numTexts === texts.length;
  return same ? before.validation : null;
}
