/**
 * Looking at a run again and again while it goes on.
 *
 * @module
 */

import { basename } from "node:path";
import { isLocked } from "../../lib/system/folder_lock.ts";
import { sleep } from "../../lib/system/pause.ts";
import { METRICS_FILE } from "../../lib/train/metrics.ts";
import { NoRecordError, RunReader, type RunRecord } from "../runs/run_record.ts";
import { screenOf, type ScreenSize } from "./screen.ts";

/** How a run is looked at. */
export interface LiveOptions {
  /** Seconds from one look to the next. */
  readonly every: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The room that there is now. */
  readonly size: () => ScreenSize;
  /** Shows the lines of a look in place of those before. */
  readonly show: (lines: readonly string[]) => void;
}

/**
 * Shows a run as it goes on, from its beginning, before it says what it is, to its end and beyond,
 * since it may be gone on with.
 *
 * @throws {DataError} if the folder holds no run, and nothing is about to make it one.
 * @throws {CheckpointError} if its newest checkpoint is damaged.
 */
export async function watchRun(
  run: string,
  { every, signal, size, show }: LiveOptions,
): Promise<void> {
  const reader = new RunReader(run);
  while (!signal.aborted) {
    const record = await readBegun(run, reader);
    show(
      record === null ? beginningOf(run) : screenOf(record, { ...size(), age: await ageOf(run) }),
    );
    await sleep(1000 * every, signal);
  }
}

/** Seconds since the last line of metrics. */
export async function ageOf(run: string): Promise<number> {
  const info = await Deno.stat(`${run}/${METRICS_FILE}`).catch(() => null);
  return (Date.now() - (info?.mtime?.getTime() ?? NaN)) / 1000;
}

/** The run as it is now; null if a training is about to begin in its folder. */
async function readBegun(run: string, reader: RunReader): Promise<RunRecord | null> {
  // Before the look: a training that ends meanwhile has written all of it.
  const isTaken = await isLocked(run);
  try {
    return await reader.read();
  } catch (error) {
    if (isTaken && error instanceof NoRecordError) return null;
    throw error;
  }
}

function beginningOf(run: string): string[] {
  return [
    `${basename(run)}: a training begins`,
    "Its data is looked through and its kernels are compiled; nothing is measured yet.",
  ];
}
