/**
 * What is known of a model's samples: its evaluation, and what a judge says of them.
 *
 * @module
 */

import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { checkpointIdentity } from "../../lib/checkpoint/identity.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import type { Config } from "../../lib/config/config.ts";
import { DataError } from "../../lib/errors.ts";
import {
  type Evaluation,
  EVALUATION_FILE,
  type EvaluationResult,
  keptEvaluation,
  type SampleSettings,
  sampleSettings,
} from "../../lib/eval/evaluation.ts";
import type { Kept } from "../../lib/eval/kept.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import { anchorOf, findResult } from "../gen_ppl/accumulate.ts";
import { genPplFolder } from "../gen_ppl/folder.ts";
import { type GenPplResults, keptGenPpl, RESULTS_FILE } from "../gen_ppl/results.ts";
import { configArguments, type ConfigSource, judgeOf, recipeTrainings } from "../reproduce/plan.ts";
import { type RecipeJudge, recipeJudge } from "../reproduce/recipe_judge.ts";
import { settingsChange } from "../reproduce/status.ts";

/** Samples that were drawn in one way. */
export interface QualityResult extends EvaluationResult {
  /** Their perplexity under the judge; null if no token counts, undefined if nobody judged. */
  readonly perplexity?: number | null;
  /** That of as many validation texts; null if there are none. */
  readonly validationPerplexity?: number | null;
}

/** An evaluation with perplexities. */
export interface Quality extends Omit<Evaluation, "checkpoint"> {
  /** In the order of the settings. */
  results: QualityResult[];
}

/** What is asked of a run. */
export interface QualityWish {
  /** The run's folder. */
  readonly run: string;
  /** How samples are drawn. */
  readonly settings: SampleSettings;
  /** Who judges; null for no perplexities. */
  readonly judge: RecipeJudge | null;
}

/**
 * Reads what is known of a run's samples, of the weights that it has now.
 *
 * @returns It, or a sentence on what is lacking.
 * @throws {DataError} if a file is damaged.
 * @throws {CheckpointError} if the run's newest checkpoint is damaged.
 */
export async function readQuality({ run, settings, judge }: QualityWish): Promise<Kept<Quality>> {
  if ((await listCheckpoints(run)).length === 0) {
    return { lack: `there is no checkpoint in ${run}` };
  }
  const checkpoint = await checkpointIdentity(await Checkpoint.open(run));
  const evaluation = await keptEvaluation(run, { checkpoint, settings });
  if (evaluation?.value === undefined) {
    const lack = evaluation === null
      ? `${run} is not evaluated yet`
      : `${run}/${EVALUATION_FILE} ${evaluation.lack}`;
    return { lack };
  }
  if (judge === null) return { value: evaluation.value };
  const folder = await genPplFolder(run, judge.judge);
  const genPpl = await keptGenPpl(folder, judge, { checkpoint, judgeHash: judge.judgeHash });
  const value = genPpl?.value && withPerplexities(evaluation.value, genPpl.value, judge);
  if (value) return { value };
  const lack = genPpl?.lack === undefined
    ? `${run} is not judged by ${judge.judge} in all ways of the recipe yet`
    : `${folder}/${RESULTS_FILE} ${genPpl.lack}`;
  return { lack };
}

/** What is known of all models of a recipe, and who judged them; null if nobody did. */
export interface Qualities {
  /** In the order of the trainings. */
  readonly evaluations: readonly Quality[];
  /** The judge. */
  readonly judge: RecipeJudge | null;
}

/**
 * Reads what is known of all models of a recipe, and refuses those that were made by another.
 *
 * @throws {DataError} if something is missing, naming all of it and how to make it.
 * @throws {FlmError} if something is damaged.
 */
export async function readQualities(config: Config, source: ConfigSource): Promise<Qualities> {
  const wish = judgeOf(config);
  const judge = wish && await recipeJudge(wish);
  const settings = sampleSettings(config.evaluation);
  const evaluations: Quality[] = [];
  const lacks: string[] = [];
  for (const { run, method } of recipeTrainings(config)) {
    const change = await settingsChange(config, method, run);
    const found = change === ""
      ? await readQuality({ run, settings, judge })
      : { lack: `${run} was made otherwise: ${change} (a report takes the keys of a run, too)` };
    if (found.value !== undefined) evaluations.push(found.value);
    else lacks.push(found.lack);
  }
  if (lacks.length === 0) return { evaluations, judge };
  throw new DataError(
    `Not everything is there yet that a report of ${config.name} shows:\n` +
      lacks.map((lack) => `  ${lack}\n`).join("") +
      `What is missing is made by: ${taskCommand("reproduce", configArguments(source))}`,
  );
}

/** An evaluation with the perplexities of the same samples; null if one was not judged. */
function withPerplexities(
  evaluation: Evaluation,
  found: GenPplResults,
  { maxTokens }: Pick<RecipeJudge, "maxTokens">,
): Quality | null {
  const { numSamples, seed } = evaluation.settings;
  const results: QualityResult[] = [];
  for (const result of evaluation.results) {
    const { numSteps, gamma } = result;
    const way = { weights: "ema", numSteps, gamma, numSamples, seed, maxTokens } as const;
    const row = findResult(found, way);
    if (row === undefined) return null;
    const validationPerplexity = anchorOf(found, row)?.perplexity ?? null;
    results.push({ ...result, perplexity: row.perplexity, validationPerplexity });
  }
  return { ...evaluation, results };
}
