/**
 * What a run's folder holds of generative perplexity: `gen-ppl/JUDGE/`, with the samples of each
 * number of steps, and `results.json`.
 *
 * @module
 */

import { DataError } from "../../lib/errors.ts";
import type { GenerativePerplexity } from "../../lib/eval/generative_perplexity.ts";
import { readFormat } from "../../lib/io/json_file.ts";
import { taskCommand } from "../../lib/io/task_command.ts";
import type { ModelKind } from "../../lib/train/checkpoint_state.ts";

/** Of tokens that a model wrote, or of a judge's tokens where there are no others. */
export interface TokenStatistics {
  /** Mean over the texts of the entropy of their tokens' histogram, in nats; null of no tokens. */
  readonly entropy: number | null;
  /** Mean number of different tokens in a text; null of no tokens. */
  readonly uniqueTokens: number | null;
}

/** What samples depend on. */
export interface SamplesSettings {
  /** SHA-256 (hex) of the checkpoint's state. */
  readonly checkpoint: string;
  /** Which weights. */
  readonly weights: "ema" | "model";
  /** Sampler steps. */
  readonly numSteps: number;
  /** The share of noise that each step renewed; null for models that take no such share. */
  readonly gamma: number | null;
  /** How many. */
  readonly numSamples: number;
  /** Of the noise. */
  readonly seed: number;
}

/** What a score depends on besides the texts. */
export interface JudgeSettings {
  /** The judge's name on the hub, or its folder. */
  readonly judge: string;
  /** Branch, tag or commit on the hub; null for its newest. */
  readonly revision: string | null;
  /** Tokens of a text that are scored at most; null for all. */
  readonly maxTokens: number | null;
}

/** A file of samples, under the reference's keys and some more. */
export interface SamplesFile {
  /** What the file is. */
  format: "flm-samples";
  /** The version of this layout. */
  version: 1;
  /** The perplexity of all samples together; null as long as they are not scored. */
  generative_ppl: number | null;
  /** As {@linkcode TokenStatistics} has it, of the model's own tokens. */
  entropy: number | null;
  /** As {@linkcode TokenStatistics} has it, of the model's own tokens. */
  uniqueTokens: number | null;
  /** What they depend on. */
  settings: SamplesSettings;
  /** Where they were drawn. */
  versions: Versions;
  /** What the judge says; null as long as it was not asked. */
  score: (JudgeSettings & GenerativePerplexity) | null;
  /** The samples. */
  generated_seqs: string[];
}

/** The programs and the adapter that made something. */
export interface Versions {
  /** Of Deno. */
  readonly deno: string;
  /** The adapter. */
  readonly adapter: string;
}

/** Samples that were drawn in one way, and what is known of them. */
export interface GenPplResult extends TokenStatistics, GenerativePerplexity {
  /** Sampler steps. */
  readonly numSteps: number;
  /** The share of noise that each step renewed; null for models that take no such share. */
  readonly gamma: number | null;
  /** The file of the samples, in the same folder. */
  readonly samples: string;
}

/** What is known of validation text: what a perfect model would reach. */
export interface Anchor extends TokenStatistics, GenerativePerplexity {
  /** Hash of what the token shards depend on. */
  readonly dataHash: string;
}

/** What `results.json` holds. */
export interface GenPplResults {
  /** What the file is. */
  format: "flm-gen-ppl";
  /** The version of this layout. */
  version: 1;
  /** The kind of the model. */
  model: ModelKind;
  /** The checkpoint's optimisation step. */
  step: number;
  /** How it was measured. */
  settings: JudgeSettings & Pick<SamplesSettings, "weights" | "numSamples" | "seed">;
  /** As many validation texts; null if there are none. */
  validation: Anchor | null;
  /** By number of steps, in the order that was asked for. */
  results: GenPplResult[];
  /** Where it was measured. */
  versions: Versions;
}

/** The folder of a run for a judge: of the judge's name the part after the last slash. */
export function genPplFolder(run: string, judge: string): string {
  const name = judge.replace(/\/+$/, "").split("/").at(-1)!;
  return `${run}/gen-ppl/${name.replaceAll(/[^\w.-]+/g, "-")}`;
}

/** The file of samples, such as `samples-8.json` or `samples-8-gamma-0.5-model.json`. */
export function samplesName({ numSteps, gamma, weights }: SamplesSettings): string {
  const parts = [
    `samples-${numSteps}`,
    ...(gamma === null ? [] : [`gamma-${gamma}`]),
    ...(weights === "ema" ? [] : [weights]),
  ];
  return `${parts.join("-")}.json`;
}

/** Reads a file of samples; null if there is none with these settings. */
export async function readSamples(
  path: string,
  settings: SamplesSettings,
): Promise<SamplesFile | null> {
  const found = await readFormat<SamplesFile>(path, { format: "flm-samples", version: 1 });
  const same = found?.settings !== undefined && sameValues(found.settings, settings);
  return same ? found as SamplesFile : null;
}

/**
 * Reads the results of a run for a judge.
 *
 * @returns null if there are none.
 * @throws {DataError} if the file is not one of results.
 */
export async function readGenPpl(run: string, judge: string): Promise<GenPplResults | null> {
  const path = `${genPplFolder(run, judge)}/results.json`;
  const found = await readFormat<GenPplResults>(path, { format: "flm-gen-ppl", version: 1 });
  if (found === undefined) return null;
  if (Array.isArray(found?.results)) return found as GenPplResults;
  throw new DataError(
    `${path} does not hold generative perplexities that this program can read. Remove it, and ` +
      `make it again with ${taskCommand("gen-ppl")}.`,
  );
}

/** Whether two objects have the same keys with the same plain values. */
export function sameValues(a: object, b: object): boolean {
  const text = (value: object) => JSON.stringify(Object.entries(value).sort());
  return text(a) === text(b);
}
