/**
 * The texts of a demo: those of its models, and those of the one that comes with flm.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { formatSteps } from "../../lib/cli/format.ts";
import type { SamplingConfig } from "../../lib/config/config.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { SHOWCASE } from "../../lib/sampling/showcase.ts";
import { exists } from "../../lib/system/exists.ts";
import { visibleText } from "../../lib/system/visible.ts";
import { tokenStatistics } from "../gen_ppl/statistics.ts";
import { drawTexts } from "../measuring/draw_texts.ts";

/** Texts that are shown of each number of steps; all are measured. */
const SHOWN = 4;

/** Texts of one number of steps, as samples.json keeps them. */
export interface SampleSet {
  /** Sampler steps. */
  readonly numSteps: number;
  /** The texts. */
  readonly texts: readonly string[];
  /** The mean entropy of the tokens that were drawn, in nats. */
  readonly entropy: number | null;
}

/** Draws the texts that a configuration asks for of a run's model. @throws {InterruptedError} */
export async function drawSamples(
  gpu: Gpu,
  { numSteps: ways, numSamples, seed }: SamplingConfig,
  run: string,
  signal: AbortSignal,
): Promise<SampleSet[]> {
  using model = await FlowLanguageModel.load(run, { gpu });
  const sets: SampleSet[] = [];
  for (const numSteps of ways) {
    const samples = await drawTexts(model, { numSteps, gamma: null, numSamples, seed }, { signal });
    const { entropy } = tokenStatistics(samples.map(({ tokens }) => tokens));
    sets.push({ numSteps, texts: samples.map(({ text }) => text), entropy });
  }
  return sets;
}

/** The first texts of a set as lines, below a line that says whose they are. */
export function textLines(
  title: string,
  { numSteps, texts }: Pick<SampleSet, "numSteps" | "texts">,
): string[] {
  const shown = texts.slice(0, SHOWN).map((text) =>
    visibleText(text.trim().replaceAll("\n", " / "))
  );
  return ["", `${title}, ${formatSteps(numSteps)}:`, ...shown.map((text) => `  ${text}`)];
}

/**
 * Texts of the model that comes with flm, as lines; none if it is not there.
 *
 * @param location Its folder.
 * @throws {CheckpointError} if it is damaged.
 * @throws {InterruptedError}
 */
export async function showcaseLines(
  gpu: Gpu,
  { numSteps: ways, seed }: Pick<SamplingConfig, "numSteps" | "seed">,
  signal: AbortSignal,
  location = fileURLToPath(SHOWCASE),
): Promise<string[]> {
  if (!await exists(location)) return [];
  using model = await FlowLanguageModel.load(location, { gpu });
  const numSteps = Math.min(...ways);
  const way = { numSteps, gamma: null, numSamples: SHOWN, seed };
  const samples = await drawTexts(model, way, { signal });
  const title = `The ${model.method.title} that comes with flm`;
  return textLines(title, { numSteps, texts: samples.map(({ text }) => text) });
}
