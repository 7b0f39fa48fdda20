/**
 * What the trainings of a recipe take, as tables: work, memory, and the days of cards.
 *
 * @module
 */

import { formatBytes, formatCount, formatNumber } from "../../lib/cli/format.ts";
import type { Config } from "../../lib/config/config.ts";
import { recipeMethods } from "../../lib/methods/recipe.ts";
import type { TokenSizes } from "../../lib/planning/dry_training.ts";
import { type Setting, SETTINGS } from "../../lib/planning/settings.ts";
import {
  type MemoryPlan,
  planMemory,
  planTraining,
  type TrainingPlan,
} from "../../lib/planning/training_plan.ts";
import { markdownTable } from "../figures/text_table.ts";

/** A training of a recipe, on one card. */
export interface PlannedTraining {
  /** What it is called in tables. */
  readonly name: string;
  /** With the recipe's own settings. */
  readonly plan: TrainingPlan;
  /** With each of {@linkcode SETTINGS}, in micro-batches of the recipe's size. */
  readonly settings: readonly MemoryPlan[];
}

/** Hardware, and the most that it could do. */
export interface Hardware {
  /** What it is called in tables. */
  readonly name: string;
  /** The most operations in a second, in 10¹². */
  readonly tflops: number;
}

/**
 * What bounds matrix products: on paper for cards, as measured for the processor. bench/README.md
 * has where each number comes from.
 */
const HARDWARE: readonly Hardware[] = [
  { name: "H100 SXM, float32", tflops: 59 },
  { name: "H100 SXM, mixed, matrix units", tflops: 352 },
  { name: "RTX 4090, float32", tflops: 82 },
  { name: "RTX 4090, mixed, matrix units", tflops: 165 },
  { name: "M4 (10 cores), float32", tflops: 4.2 },
  { name: "2 processor cores, llvmpipe", tflops: 0.057 },
];

/**
 * Bytes of a parameter in a checkpoint: itself, its average and AdamW's two moments, in float32.
 */
const CHECKPOINT_BYTES = 16;

const SECONDS_OF_A_DAY = 86400;

/**
 * Plans the trainings of a recipe.
 *
 * @param title What the recipe is called.
 */
export async function planTrainings(
  title: string,
  config: Config,
  tokens: TokenSizes,
): Promise<PlannedTraining[]> {
  const planned: PlannedTraining[] = [];
  for (const method of recipeMethods(config)) {
    const options = { config, method, tokens };
    const settings: MemoryPlan[] = [];
    for (const setting of SETTINGS) settings.push(await planMemory({ ...options, ...setting }));
    planned.push({
      name: `${title}, ${method.title}`,
      plan: await planTraining(options),
      settings,
    });
  }
  return planned;
}

/** A row for each training: its size, its steps, their work, and what a checkpoint takes. */
export function workTable(trainings: readonly PlannedTraining[]): string {
  return table(
    ["Training", "Parameters", "Steps", "Blocks a step", "TFLOP a step", "EFLOP", "A checkpoint"],
    trainings.map(({ name, plan }) => [
      name,
      formatCount(plan.parameters),
      formatCount(plan.numSteps),
      formatCount(plan.batchSize),
      figures(plan.flops / 1e12),
      figures(plan.flops * plan.numSteps / 1e18),
      formatBytes(CHECKPOINT_BYTES * plan.parameters),
    ]),
  );
}

/** A row for each training: what a card must have with each setting. */
export function memoryTable(trainings: readonly PlannedTraining[]): string {
  return table(
    ["Training", "Blocks a pass", ...SETTINGS.map(settingInWords)],
    trainings.map(({ name, plan, settings }) => [
      name,
      formatCount(plan.microBatchSize),
      ...settings.map(({ held }) => formatBytes(held)),
    ]),
  );
}

/** A row for each piece of hardware: the least days that each training takes on it. */
export function daysTable(
  trainings: readonly PlannedTraining[],
  hardware: readonly Hardware[] = HARDWARE,
): string {
  return table(
    ["Hardware", "TFLOP/s at most", ...trainings.map(({ name }) => name)],
    hardware.map(({ name, tflops }) => [
      name,
      String(tflops),
      ...trainings.map(({ plan }) =>
        figures(plan.flops * plan.numSteps / (tflops * 1e12) / SECONDS_OF_A_DAY)
      ),
    ]),
  );
}

function settingInWords({ precision, recompute }: Setting): string {
  return `${precision}, ${recompute}`;
}

/** A number with two significant digits, or three from 10 on. */
function figures(value: number): string {
  return formatNumber(Number(value.toPrecision(value < 10 ? 2 : 3)));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable({ head, rows }).trimEnd();
}
