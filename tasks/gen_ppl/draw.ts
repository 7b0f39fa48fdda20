/**
 * Drawing the samples that are to be scored.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { formatSteps } from "../../lib/cli/format.ts";
import { Progress } from "../../lib/cli/progress.ts";
import { FlmError } from "../../lib/errors.ts";
import { sampleText } from "../../lib/eval/judge_tokens.ts";
import type { FlowLanguageModel } from "../../lib/flow_language_model.ts";
import { writeJsonFile } from "../../lib/io/json_file.ts";
import type { CheckpointState } from "../../lib/train/checkpoint_state.ts";
import {
  readSamples,
  type SamplesFile,
  samplesName,
  type SamplesSettings,
  type Versions,
} from "./results.ts";
import { tokenStatistics } from "./statistics.ts";

/** How samples are drawn. */
export interface DrawOptions {
  /** Where their files lie. */
  readonly folder: string;
  /** Which weights the model has. */
  readonly weights: "ema" | "model";
  /** Numbers of sampler steps. */
  readonly numSteps: readonly number[];
  /** For denoiser flow maps: shares of the noise that a step renews; null for 0. */
  readonly gammas: readonly number[] | null;
  /** Samples for each of them. */
  readonly numSamples: number;
  /** Of the noise. */
  readonly seed: number;
  /** Samples drawn at the same time. */
  readonly batchSize: number;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** The programs and the adapter at work. */
export function versionsOf({ gpu }: Pick<FlowLanguageModel, "gpu">): Versions {
  return { deno: Deno.version.deno, adapter: gpu.adapterName };
}

/**
 * Draws samples in every way that is asked for, and writes each file as soon as it is whole. Files
 * that are there already with the same settings are kept.
 *
 * @throws {FlmError} if shares of noise are given for a model that takes none.
 */
export async function drawSamples(
  model: FlowLanguageModel,
  options: DrawOptions,
): Promise<SamplesFile[]> {
  const { folder, weights, numSteps, numSamples, seed } = options;
  const checkpoint = hashOf(model.state);
  const files: SamplesFile[] = [];
  for (const steps of numSteps) {
    for (const gamma of gammasOf(model, options.gammas)) {
      const settings = { checkpoint, weights, numSteps: steps, gamma, numSamples, seed };
      const path = `${folder}/${samplesName(settings)}`;
      const kept = await readSamples(path, settings);
      const file = kept ?? await draw(model, settings, options);
      if (kept === null) await writeJsonFile(path, file);
      files.push(file);
    }
  }
  return files;
}

async function draw(
  model: FlowLanguageModel,
  settings: SamplesSettings,
  { batchSize, signal }: DrawOptions,
): Promise<SamplesFile> {
  const { numSteps, gamma, numSamples, seed } = settings;
  using bar = new Progress({ label: labelOf("sample", settings), total: null });
  const samples = await model.sample({
    ...{ numSteps, numSamples, seed, batchSize, signal },
    ...(gamma === null ? {} : { gamma }),
    onProgress: (done, total) => bar.update(done, `of ${total}`),
  });
  bar.finish("");
  const tokens = samples.map((sample) => sample.tokens);
  return {
    format: "flm-samples",
    version: 1,
    generative_ppl: null,
    ...tokenStatistics(tokens),
    settings,
    versions: versionsOf(model),
    score: null,
    generated_seqs: tokens.map((ids) => sampleText(model.tokenizer, ids)),
  };
}

/** What is going on with samples, in words. */
export function labelOf(
  verb: string,
  { numSteps, gamma }: Pick<SamplesSettings, "numSteps" | "gamma">,
): string {
  return `${verb}, ${formatSteps(numSteps)}${gamma === null ? "" : `, gamma ${gamma}`}`;
}

function gammasOf(
  { state: { kind } }: FlowLanguageModel,
  gammas: readonly number[] | null,
): readonly (number | null)[] {
  if (kind === "psd") return gammas ?? [0];
  if (gammas === null) return [null];
  throw new FlmError(
    `--gamma is for denoiser flow maps, checkpoints of kind "psd"; this one is of kind "${kind}".`,
  );
}

function hashOf(state: CheckpointState): string {
  return createHash("sha256").update(JSON.stringify(state)).digest("hex");
}
