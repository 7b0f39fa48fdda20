/**
 * What is known of a model's samples: its evaluation, and what a judge says of them.
 *
 * @module
 */

import { DataError } from "../../lib/errors.ts";
import {
  type Evaluation,
  type EvaluationResult,
  readEvaluation,
} from "../../lib/eval/evaluation.ts";
import { taskCommand } from "../../lib/io/task_command.ts";
import { type GenPplResults, readGenPpl } from "../gen_ppl/results.ts";

/** Samples that were drawn in one way. */
export interface QualityResult extends EvaluationResult {
  /** Their perplexity under the judge; null if no token counts, undefined if nobody judged. */
  readonly perplexity?: number | null;
  /** That of as many validation texts; null if there are none. */
  readonly validationPerplexity?: number | null;
}

/** An evaluation with perplexities. */
export interface Quality extends Evaluation {
  /** In the order of the settings. */
  results: QualityResult[];
}

/**
 * Reads what is known of a run's samples.
 *
 * @param judge Name or folder of the judge; null for no perplexities.
 * @throws {DataError} if a file is missing or damaged.
 */
export async function readQuality(run: string, judge: string | null): Promise<Quality> {
  const evaluation = await readEvaluation(run);
  if (evaluation === null) throw missing(run, "evaluated", "evaluate");
  if (judge === null) return evaluation;
  const genPpl = await readGenPpl(run, judge);
  if (genPpl !== null) return withPerplexities(evaluation, genPpl);
  throw missing(run, `judged by ${judge}`, "gen-ppl", ["--judge", judge]);
}

/** An evaluation with the perplexities of samples that were drawn in the same ways. */
export function withPerplexities(
  evaluation: Evaluation,
  { results, validation }: Pick<GenPplResults, "results" | "validation">,
): Quality {
  return {
    ...evaluation,
    results: evaluation.results.map((result) => {
      const found = results.find(({ numSteps, gamma }) =>
        numSteps === result.numSteps && gamma === result.gamma
      );
      if (found === undefined) return result;
      return {
        ...result,
        perplexity: found.perplexity,
        validationPerplexity: validation?.perplexity ?? null,
      };
    }),
  };
}

function missing(
  run: string,
  what: string,
  task: string,
  more: readonly string[] = [],
): DataError {
  return new DataError(
    `The run ${run} is not ${what} yet. Let ${taskCommand("reproduce")} do what is missing, or ` +
      `${taskCommand(task, ["--checkpoint", run, ...more])}.`,
  );
}
