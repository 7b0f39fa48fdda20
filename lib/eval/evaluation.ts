/**
 * What the samples of a model are worth, by number of steps: the file `evaluation.json` of a run.
 *
 * @module
 */

import type { EvaluationConfig, ModelName } from "../config.ts";
import { DataError } from "../errors.ts";
import { readFormat, writeJsonFile } from "../io/json_file.ts";
import { taskCommand } from "../io/task_command.ts";

/** The file's name in a run's folder. */
export const EVALUATION_FILE = "evaluation.json";

/** Samples that were drawn in one way, and what was measured of them. */
export interface EvaluationResult {
  /** Sampler steps. */
  numSteps: number;
  /** The share of noise that each step renewed; null for models that take no such share. */
  gamma: number | null;
  /** Mean over the samples of the entropy of their tokens' histogram, in nats. */
  entropy: number;
  /** Mean number of different tokens in a sample. */
  uniqueTokens: number;
  /** For the letters: part of the samples whose letters are all equal. */
  validity?: number;
  /** For the letters: how many of the 26 are seen among these samples. */
  letters?: number;
  /** The samples. */
  texts: string[];
}

/** What `evaluation.json` holds. */
export interface Evaluation {
  /** What the file is. */
  format: "flm-evaluation";
  /** The version of this layout. */
  version: 1;
  /** The kind of the model. */
  model: ModelName;
  /** The checkpoint's optimisation step. */
  step: number;
  /** How the samples were drawn. */
  settings: SampleSettings;
  /** In the order of the settings. */
  results: EvaluationResult[];
}

/** The settings that samples depend on. */
export type SampleSettings = Pick<EvaluationConfig, "numSteps" | "gammas" | "numSamples" | "seed">;

/** The part of a configuration that samples depend on. */
export function sampleSettings(evaluation: EvaluationConfig): SampleSettings {
  const { numSteps, gammas, numSamples, seed } = evaluation;
  return { numSteps, gammas, numSamples, seed };
}

/** Writes the file of a run. @throws {FlmError} if it cannot be written. */
export async function writeEvaluation(run: string, evaluation: Evaluation): Promise<void> {
  await writeJsonFile(`${run}/${EVALUATION_FILE}`, evaluation);
}

/**
 * Reads the file of a run.
 *
 * @returns null if there is none.
 * @throws {DataError} if it is not an evaluation.
 */
export async function readEvaluation(run: string): Promise<Evaluation | null> {
  const path = `${run}/${EVALUATION_FILE}`;
  const found = await readFormat<Evaluation>(path, { format: "flm-evaluation", version: 1 });
  if (found === undefined) return null;
  if (found?.results !== undefined) return found as Evaluation;
  throw new DataError(
    `${path} is not an evaluation that this program can read. Remove it, and make it again with ` +
      `${taskCommand("evaluate")}.`,
  );
}
