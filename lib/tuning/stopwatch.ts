/**
 * How long a device takes for what is recorded.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";

/**
 * Seconds that a device takes for the commands that `record` records; nothing else may be recorded.
 */
export type Stopwatch = (gpu: Gpu, record: () => void) => Promise<number>;

/**
 * The stopwatch that suits a device. Graphics cards say when each kernel began and ended, so that
 * the host does not count. On a processor copies between kernels are part of the work, which
 * timestamps leave out; Dawn's are rounded to 65,536 ns. There the clock is read, until all is
 * done.
 */
export function stopwatchOf(gpu: Gpu): Stopwatch {
  const hasTimestamps = gpu.device.features.has("timestamp-query");
  return hasTimestamps && gpu.kind === "gpu" && gpu.backend === "builtin" ? byTimestamps : byClock;
}

async function byTimestamps(gpu: Gpu, record: () => void): Promise<number> {
  gpu.startProfile();
  record();
  const rows = await gpu.endProfile();
  return rows.reduce((sum, { seconds }) => sum + seconds, 0);
}

async function byClock(gpu: Gpu, record: () => void): Promise<number> {
  record();
  const begun = performance.now();
  await gpu.finish();
  return (performance.now() - begun) / 1000;
}
