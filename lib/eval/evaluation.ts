/**
 * What the samples of a model are worth, by number of steps: the file `evaluation.json` of a run.
 *
 * @module
 */

import { WEIGHTS, type Weights, weightsInName } from "../checkpoint/trained_model.ts";
import type { EvaluationConfig } from "../config/config.ts";
import { modelKind } from "../config/model_kind.ts";
import { formerFormat, type JsonFormat, readFormat, writeFormat } from "../io/json_file.ts";
import { anyText, integer, list, nullable, number, oneOf, text } from "../schema/field.ts";
import type { Section } from "../schema/tree.ts";
import type { Kept } from "./kept.ts";
import { settingChanges } from "./setting_changes.ts";
import { SHARPENED_FIELDS, type SharpenedWay, TEMPERATURE, TOP_P } from "./sharpened_way.ts";

/** The file's name in a run's folder. */
export const EVALUATION_FILE = evaluationFile("ema");

/** The name of the file of these weights: of the running average, which is what recipes ask for. */
export function evaluationFile(weights: Evaluation["weights"]): string {
  return `evaluation${weights === "ema" ? "" : `-${weightsInName(weights)}`}.json`;
}

/** Samples that were drawn in one way, and what was measured of them. */
export interface EvaluationResult extends SharpenedWay {
  /** Sampler steps. */
  numSteps: number;
  /** The share of noise that each step renewed; null for models that take no such share. */
  gamma: number | null;
  /** What was measured, by the metric's name. */
  metrics: Readonly<Record<string, number>>;
  /** The samples. */
  texts: string[];
}

/** What `evaluation.json` holds. */
export interface Evaluation {
  /** The kind of the model. */
  model: string;
  /** What the samples depend on besides the settings: see {@linkcode checkpointIdentity}. */
  checkpoint: string;
  /** The checkpoint's optimisation step. */
  step: number;
  /** Which weights. */
  weights: Weights;
  /** How the samples were drawn. */
  settings: SampleSettings;
  /** In the order of the settings. */
  results: EvaluationResult[];
}

/** The settings that samples depend on. */
export interface SampleSettings
  extends Pick<EvaluationConfig, "numSteps" | "gammas" | "numSamples" | "seed"> {
  /** Temperatures; recipes ask for none, which is [1]. */
  readonly temperatures?: readonly number[];
  /** Likewise what predictions were cut to. */
  readonly topPs?: readonly number[];
  /** What weights were rounded to; recipes ask for none. */
  readonly precision?: "f16";
}

/** The part of a configuration that samples depend on. */
export function sampleSettings(evaluation: EvaluationConfig): SampleSettings {
  const { numSteps, gammas, numSamples, seed } = evaluation;
  return { numSteps, gammas, numSamples, seed };
}

const COUNT = integer({ min: 1 });
const GAMMA = number({ min: 0, max: 1 });

const RESULT: Section<EvaluationResult> = {
  doc: "Samples that were drawn in one way.",
  keys: {
    numSteps: COUNT,
    gamma: nullable(GAMMA),
    ...SHARPENED_FIELDS,
    metrics: { doc: "What was measured, by name.", entry: number({ min: 0 }) },
    texts: { doc: "The samples.", item: anyText() },
  },
};

const FORMAT: JsonFormat<Evaluation> = {
  format: "flm-evaluation",
  // 1 did not say of which weights it is, 2 had metrics beside the settings.
  version: 3,
  section: {
    doc: "What the samples of a model are worth.",
    keys: {
      model: modelKind(),
      checkpoint: text(),
      step: integer({ min: 0 }),
      weights: WEIGHTS,
      settings: {
        doc: "How the samples were drawn.",
        keys: {
          numSteps: list(COUNT),
          gammas: list(GAMMA),
          temperatures: { optional: list(TEMPERATURE) },
          topPs: { optional: list(TOP_P) },
          precision: { optional: oneOf(["f16"]) },
          numSamples: COUNT,
          seed: integer({ min: 0 }),
        },
      },
      results: { doc: "By way to sample.", item: RESULT },
    },
  },
  madeBy: "evaluate",
};

/** Writes the file of a run. @throws {FlmError} if it cannot be written. */
export async function writeEvaluation(run: string, evaluation: Evaluation): Promise<void> {
  await writeFormat(`${run}/${evaluationFile(evaluation.weights)}`, FORMAT, evaluation);
}

/** The keys and flags that settings come from. */
const NAMES_OF_SETTINGS: Readonly<Record<keyof SampleSettings, string>> = {
  numSteps: "evaluation.numSteps",
  gammas: "evaluation.gammas",
  numSamples: "evaluation.numSamples",
  seed: "evaluation.seed",
  temperatures: "--temperature",
  topPs: "--top-p",
  precision: "--precision",
};

/** What an evaluation must have been made of to be that of what there is now. */
export interface EvaluationKey {
  /** The identity of the run's checkpoint. */
  readonly checkpoint: string;
  /** How the samples are drawn. */
  readonly settings: SampleSettings;
}

/**
 * The evaluation of a run, if it is one of the weights that the run has now.
 *
 * @returns null if there is none.
 * @throws {DataError} if the file is damaged or something else.
 */
export async function keptEvaluation(
  run: string,
  { checkpoint, settings }: EvaluationKey,
): Promise<Kept<Evaluation> | null> {
  const found = await readFormat(`${run}/${EVALUATION_FILE}`, FORMAT);
  if (found === undefined) return null;
  if (found === null) return { lack: "is of an older flm, which wrote other things down" };
  if (found.checkpoint !== checkpoint) {
    return { lack: `is of other weights (of step ${found.step}) than the run has now` };
  }
  const [change] = settingChanges(NAMES_OF_SETTINGS, found.settings, settings);
  return change === undefined
    ? { value: found }
    : { lack: `was made with other samples: ${change}` };
}

/**
 * What writing an evaluation takes away of a run: the one of the same weights that is there, if its
 * texts were drawn otherwise.
 *
 * @returns In which settings they differ, in words; nothing if no such texts are there.
 */
export async function replacedSettings(run: string, evaluation: Evaluation): Promise<string[]> {
  const path = `${run}/${evaluationFile(evaluation.weights)}`;
  const found = await formerFormat(path, FORMAT);
  return found === null
    ? []
    : settingChanges<SampleSettings>(NAMES_OF_SETTINGS, found.settings, evaluation.settings);
}
