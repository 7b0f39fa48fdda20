/**
 * How far the stages of a chain are: done, cut off, outdated or still to do.
 *
 * @module
 */

import { describeValue } from "../../lib/schema/field.ts";
import { findShards } from "../../lib/data/kept_shards.ts";
import { originDifferences, originOfShards } from "../../lib/data/shard_origin.ts";
import { DataError } from "../../lib/errors.ts";
import { readEvaluation } from "../../lib/eval/evaluation.ts";
import { Checkpoint } from "../../lib/train/checkpoint.ts";
import { readGenPpl } from "../gen_ppl/results.ts";
import type { Inputs, Stage } from "./chain.ts";
import { readRecords } from "./records.ts";
import { exists } from "../../lib/io/exists.ts";

/** How far a stage is. */
export interface StageStatus {
  /**
   * Whether it is done with these inputs, was cut off, is still to do, or its folder holds a run
   * with other inputs.
   */
  readonly kind: "done" | "cut off" | "to do" | "outdated";
  /** What there is, or what is outdated, in words; may be empty. */
  readonly note: string;
}

const TO_DO: StageStatus = { kind: "to do", note: "" };

/**
 * Looks at what a stage has left in its folder.
 *
 * @throws {CheckpointError} if a run's newest checkpoint is damaged.
 * @throws {DataError} if the folder of shards holds something else.
 */
export async function stageStatus(stage: Stage): Promise<StageStatus> {
  switch (stage.task) {
    case "preprocess":
      return await shardsStatus(stage);
    case "evaluate":
      return await resultStatus(stage, () => readEvaluation(stage.folder));
    case "gen-ppl":
      return await resultStatus(stage, () => readGenPpl(stage.folder, stage.judge!));
    default:
      return await trainingStatus(stage);
  }
}

async function shardsStatus({ folder, hash, origin = {} }: Stage): Promise<StageStatus> {
  // Their content is verified by whoever uses them.
  const manifest = await findShards(folder, hash, null);
  if (manifest === null) return TO_DO;
  // The same text may have moved, which the task writes down.
  return originDifferences(originOfShards(manifest), origin).length > 0 ? TO_DO : done(folder);
}

async function trainingStatus({ task, folder, hash, inputs, numSteps }: Stage) {
  if (!await exists(`${folder}/latest.json`)) return TO_DO;
  const { state: { step } } = await Checkpoint.open(folder);
  const record = (await readRecords(folder))[task];
  if (record === undefined) {
    return outdated(`${folder} holds a run of which nobody knows what it depends on`);
  }
  if (record.hash !== hash) {
    return outdated(`${folder} was made otherwise: ${differences(record.inputs, inputs)}`);
  }
  const note = `${folder}, step ${step} of ${numSteps}`;
  return step >= numSteps! ? done(note) : { kind: "cut off", note } as const;
}

/** Of a stage that leaves a file, which `read` takes for what it is, or null if there is none. */
async function resultStatus(
  { task, folder, hash }: Stage,
  read: () => Promise<unknown>,
): Promise<StageStatus> {
  const record = (await readRecords(folder))[task];
  if (record?.hash !== hash) return TO_DO;
  try {
    return await read() === null ? TO_DO : done(folder);
  } catch (error) {
    if (error instanceof DataError) return TO_DO;
    throw error;
  }
}

function done(note: string): StageStatus {
  return { kind: "done", note };
}

function outdated(note: string): StageStatus {
  return { kind: "outdated", note };
}

/** The inputs that are not the same, the first few of them. */
export function differences(before: Inputs, now: Inputs): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  const shown = changed.slice(0, 3).map((key) => {
    const isHash = [before[key], now[key]].some((value) => /^[0-9a-f]{64}$/.test(String(value)));
    return isHash
      ? `${key} has changed`
      : `${key} was ${describeValue(before[key])}, is ${describeValue(now[key])}`;
  });
  if (changed.length > shown.length) shown.push(`${changed.length - shown.length} more`);
  return shown.join("; ");
}
