/**
 * How long work takes on a device.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import { median } from "../../lib/math/median.ts";

/** The time of one repetition. */
export interface Timing {
  readonly seconds: number;
  /** Whose clock it is of. */
  readonly clock: "device" | "host";
}

/** Samples by the host's clock. */
const SAMPLES = 3;
/** Repetitions of a sample, at most: as many dispatches are recorded. */
const MOST = 2000;

/**
 * Times work that is recorded by `work`, which is done once before. Timestamps of the device tell
 * where it has them: waiting and recording are no part of these. They must not add up to more than
 * passed on the host, or the host's clock tells.
 *
 * @param seconds What all of it may take, about.
 */
export async function timeWork(gpu: Gpu, work: () => void, seconds: number): Promise<Timing> {
  await hostSeconds(gpu, work, 1);
  // A second time, or the wait for the compiler counts.
  const once = await hostSeconds(gpu, work, 1);
  const sample = Math.min(0.15, seconds / (2 * SAMPLES));
  const repetitions = Math.max(1, Math.min(MOST, Math.round(sample / once)));
  const samples: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    samples.push(await hostSeconds(gpu, work, repetitions) / repetitions);
    if (samples.length * once > seconds) break;
  }
  const host = median(samples);
  if (!gpu.device.features.has("timestamp-query")) return { seconds: host, clock: "host" };
  gpu.startProfile();
  for (let i = 0; i < repetitions; i++) work();
  const rows = await gpu.endProfile();
  const device = rows.reduce((sum, row) => sum + row.seconds, 0) / repetitions;
  return device > 0 && device <= 1.1 * Math.max(...samples, once)
    ? { seconds: device, clock: "device" }
    : { seconds: host, clock: "host" };
}

/** Seconds of so many repetitions by the host's clock, the wait for the device included. */
async function hostSeconds(gpu: Gpu, work: () => void, repetitions: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repetitions; i++) work();
  await gpu.finish();
  return (performance.now() - start) / 1000;
}
