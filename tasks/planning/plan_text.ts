/**
 * Plans as people read them.
 *
 * @module
 */

import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatSteps,
  formatUnits,
} from "../../lib/cli/format.ts";
import { type SettingPlan, USABLE_SHARE } from "../../lib/planning/settings.ts";
import type { PlannedBytes, TrainingPlan } from "../../lib/planning/training_plan.ts";
import { textTable } from "../figures/text_table.ts";
import type { PlannedTrainingOfRecipe, RecipePlan } from "./recipe_plan.ts";

/** What the parts of a peak are called. */
const PARTS: Readonly<Record<keyof PlannedBytes, string>> = {
  weights: "weights",
  gradients: "gradients",
  optimizer: "optimizer",
  average: "average (EMA)",
  teachers: "models it learns from",
  judge: "judge of validations",
  rest: "positions, metrics",
  activations: "activations",
  work: "vocabulary, backward",
};

/** The page that `plan` prints. */
export function describeRecipePlan(plan: RecipePlan): string {
  const { name, cards, gpuMemory, device, trainings, tflops, days } = plan;
  const memory = gpuMemory === null ? "" : ` of ${formatBytes(gpuMemory)}`;
  const lines = [
    `Plan of ${name} on ${
      cards === 1 ? "a card" : `${cards} cards`
    }${memory}, with bindings up to ` +
    `${formatBytes(device.maxBindingBytes)} and kernels for ` +
    `${
      device.kind === "gpu" ? "graphics cards" : "processors"
    }. All figures are those of one card.`,
  ];
  for (const each of trainings) lines.push("", describeTraining(each, plan));
  lines.push("");
  if (tflops === null) lines.push("How long it takes: say by --tflops what a card reaches.");
  else if (days !== null) {
    lines.push(`All trainings at ${formatNumber(tflops)} TFLOP/s a card: ${inDays(days)}`);
  }
  return lines.join("\n");
}

function describeTraining(
  { title, plan, settings, secondsPerStep, steps, days }: PlannedTrainingOfRecipe,
  { gpuMemory }: RecipePlan,
): string {
  const parts = plan === null
    ? [`${title}: a buffer would be larger than a binding. Use a smaller train.microBatchSize.`]
    : describeParts(title, plan, gpuMemory);
  const time = plan === null || secondsPerStep === null ? [] : [
    `  ${formatDuration(secondsPerStep)} a step (${formatNumber(1 / secondsPerStep)} steps/s), ` +
    (steps! < plan.numSteps
      ? `ends in time after ${inDays(days!)}, some ${formatCount(steps!)} of ` +
        `${formatSteps(plan.numSteps)}`
      : `${formatSteps(plan.numSteps)}: ${inDays(days!)}`),
  ];
  return [
    ...[...parts, ...time, ""],
    "  All settings, with passes as large as these and with the largest:",
    indented(settingsTable(settings, gpuMemory)),
  ].join("\n");
}

function describeParts(title: string, plan: TrainingPlan, gpuMemory: number | null): string[] {
  const { parameters, precision, recompute, batchSize, cards, bytes, peak, held, uncountedJudge } =
    plan;
  const share = batchSize / cards;
  const whole = cards === 1 ? "" : ` of the batch of ${batchSize}`;
  const rows = (Object.keys(PARTS) as (keyof PlannedBytes)[])
    .filter((part) => bytes[part] > 0)
    .map((part) => [PARTS[part], formatBytes(bytes[part])]);
  rows.push(["peak", formatBytes(peak)], ["held by buffers", formatBytes(held)]);
  const width = Math.max(...rows.map(([name]) => name!.length));
  return [
    `${title}: ${formatCount(parameters)} parameters, ${precision}, recompute ${recompute}`,
    `  ${formatUnits(share, "block")} a step${whole}, ${describePasses(plan)}`,
    ...rows.map(([name, size]) => `  ${name!.padEnd(width)}  ${size!.padStart(9)}`),
    ...(uncountedJudge === null ? [] : [
      `  The judge of validations, ${uncountedJudge}, comes on top: its size is not known here.`,
    ]),
    ...(gpuMemory === null || held <= USABLE_SHARE * gpuMemory ? [] : [
      `  This is more than ${formatBytes(USABLE_SHARE * gpuMemory)}, ${
        100 * USABLE_SHARE
      } % of the card.`,
    ]),
    `  a step of ${formatUnits(share, "block")}: ${formatOperations(plan.flops)}, ` +
    `${formatBytes(plan.traffic)} through kernels`,
  ];
}

function describePasses({ numMicroBatches, microBatchSize }: TrainingPlan): string {
  if (numMicroBatches === 1) return "all in one pass";
  return `in ${formatCount(numMicroBatches)} passes of at most ${formatCount(microBatchSize)}`;
}

/** What each setting takes, and the largest micro-batch that it leaves room for. */
export function settingsTable(
  settings: readonly SettingPlan[],
  gpuMemory: number | null,
): string {
  const size = settings.find(({ asked }) => asked !== null)?.asked?.microBatchSize;
  return textTable({
    head: [
      "precision",
      "recompute",
      `held at ${size === undefined ? "these" : formatCount(size)}`,
      `most blocks a pass${gpuMemory === null ? "" : ` in ${formatBytes(gpuMemory)}`}`,
      "held then",
      "a step then",
    ],
    rows: settings.map(({ setting, asked, largest }) => [
      setting.precision,
      setting.recompute,
      asked === null ? "too large" : formatBytes(asked.held),
      largest === null ? "none" : formatCount(largest.microBatchSize) +
        (largest.numMicroBatches === 1 ? " (all)" : ""),
      largest === null ? "" : formatBytes(largest.held),
      largest === null ? "" : formatOperations(largest.flops),
    ]),
  });
}

/** A number of floating-point operations with a unit: "76.1 TFLOP". */
function formatOperations(flops: number): string {
  const units = ["MFLOP", "GFLOP", "TFLOP", "PFLOP"];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(flops) / 3) - 2));
  return `${Number((flops / 1e6 / 1e3 ** unit).toPrecision(3))} ${units[unit]}`;
}

function inDays(days: number): string {
  return days < 1 ? formatDuration(days * 86400) : `${formatNumber(days)} days`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
