/**
 * Times contenders by turns.
 *
 * @module
 */

import { median } from "../lib/math/median.ts";
import type { Contender } from "./subject.ts";

/** How carefully to measure. */
export interface Care {
  /** Samples of each contender. */
  samples: number;
  /** Seconds that a sample should take. */
  sampleSeconds: number;
  /** Seconds after which no further samples are begun. */
  patienceSeconds: number;
}

/** For figures to be quoted. */
export const CAREFUL: Care = { samples: 7, sampleSeconds: 0.4, patienceSeconds: 40 };
/** For a glance. */
export const QUICK: Care = { samples: 3, sampleSeconds: 0.1, patienceSeconds: 5 };

/** Gives the time in seconds. */
export type Clock = () => number;

const WALL_CLOCK: Clock = () => performance.now() / 1000;

/**
 * Median seconds of one repetition of each contender. They take turns, sample by sample, so that
 * a machine that is slow for a while is slow for all of them.
 */
export async function measure(
  contenders: readonly Contender[],
  care: Care,
  clock: Clock = WALL_CLOCK,
): Promise<number[]> {
  const repetitions: number[] = [];
  for (const contender of contenders) {
    repetitions.push(await calibrate(contender, care.sampleSeconds, clock));
  }
  const times: number[][] = contenders.map(() => []);
  const end = clock() + care.patienceSeconds;
  for (let sample = 0; sample === 0 || (sample < care.samples && clock() < end); sample++) {
    for (const [i, contender] of contenders.entries()) {
      times[i]!.push(await time(contender, repetitions[i]!, clock) / repetitions[i]!);
    }
  }
  return times.map(median);
}

/** Repetitions that make a sample. Waiting for the device costs time too: not the first guess. */
async function calibrate(
  contender: Contender,
  sampleSeconds: number,
  clock: Clock,
): Promise<number> {
  // The first run compiles.
  await contender.run(1);
  let repetitions = 1;
  for (;;) {
    const factor = sampleSeconds / await time(contender, repetitions, clock);
    if (factor < 2) return Math.max(1, Math.round(repetitions * factor));
    repetitions = Math.ceil(repetitions * Math.min(factor, 10));
  }
}

/** Seconds of so many repetitions. */
async function time(contender: Contender, repetitions: number, clock: Clock): Promise<number> {
  const start = clock();
  await contender.run(repetitions);
  return clock() - start;
}
