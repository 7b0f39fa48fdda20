/**
 * What is known of a model's samples: its evaluation, and what a judge says of them.
 *
 * @module
 */

import type { Config } from "../../lib/config.ts";
import { DataError } from "../../lib/errors.ts";
import {
  type Evaluation,
  EVALUATION_FILE,
  type EvaluationResult,
  keptEvaluation,
  type SampleSettings,
  sampleSettings,
} from "../../lib/eval/evaluation.ts";
import { taskCommand } from "../../lib/io/task_command.ts";
import { Checkpoint } from "../../lib/train/checkpoint.ts";
import { checkpointIdentity } from "../../lib/train/checkpoint_identity.ts";
import { anchorOf, findResult } from "../gen_ppl/accumulate.ts";
import { genPplFolder } from "../gen_ppl/folder.ts";
import { type GenPplResults, keptGenPpl, RESULTS_FILE } from "../gen_ppl/results.ts";
import { chainTrainings, judgeOf } from "../reproduce/chain.ts";
import { type RecipeJudge, recipeJudge } from "../reproduce/recipe_judge.ts";

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
 * Reads what is known of a run's samples.
 *
 * @throws {DataError} if a file is missing or damaged, or if it is of other weights than the run
 * has now, of another judge or of other settings.
 * @throws {CheckpointError} if the run has no checkpoint.
 */
export async function readQuality({ run, settings, judge }: QualityWish): Promise<Quality> {
  const checkpoint = await checkpointIdentity(await Checkpoint.open(run));
  const evaluation = await keptEvaluation(run, { checkpoint, settings });
  if (evaluation?.value === undefined) {
    const lack = evaluation === null
      ? `The run ${run} is not evaluated yet`
      : `${run}/${EVALUATION_FILE} ${evaluation.lack}`;
    throw lacking(lack, `${taskCommand("evaluate", ["--checkpoint", run])} with the same --config`);
  }
  if (judge === null) return evaluation.value;
  const folder = await genPplFolder(run, judge.judge);
  const genPpl = await keptGenPpl(folder, judge, { checkpoint, judgeHash: judge.judgeHash });
  const found = genPpl?.value && withPerplexities(evaluation.value, genPpl.value, judge);
  if (found) return found;
  const lack = genPpl?.lack === undefined
    ? `The run ${run} is not judged by ${judge.judge} in all ways of the recipe yet`
    : `${folder}/${RESULTS_FILE} ${genPpl.lack}`;
  throw lacking(lack, taskCommand("gen-ppl", ["--checkpoint", run, "--judge", judge.judge]));
}

/** What is known of all models of a recipe, and who judged them; null if nobody did. */
export interface Qualities {
  /** In the order of the trainings. */
  readonly evaluations: readonly Quality[];
  /** The judge. */
  readonly judge: RecipeJudge | null;
}

/** Reads what is known of all models of a recipe. @throws {FlmError} as {@linkcode readQuality}. */
export async function readQualities(config: Config): Promise<Qualities> {
  const wish = judgeOf(config);
  const judge = wish && await recipeJudge(wish);
  const settings = sampleSettings(config.evaluation);
  const evaluations: Quality[] = [];
  for (const { run } of chainTrainings(config)) {
    evaluations.push(await readQuality({ run, settings, judge }));
  }
  return { evaluations, judge };
}

/** An evaluation with the perplexities of the same samples; null if one was not judged. */
export function withPerplexities(
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

function lacking(lack: string, command: string): DataError {
  return new DataError(
    `${lack}. Let ${taskCommand("reproduce")} do what is missing, or ${command}.`,
  );
}
