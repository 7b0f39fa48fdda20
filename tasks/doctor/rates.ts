/**
 * How fast a device is, at a glance: a second in all.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import { matmul } from "../../lib/ops/matmul.ts";
import type { Rates } from "./report.ts";

/** Extent of the matrices that are multiplied, by the kind of the adapter. */
const EXTENT = { cpu: 384, gpu: 2048 };
/** Bytes that are copied. */
const COPIED = 32 << 20;
/** Seconds of each measurement. */
const SECONDS = 0.4;

/** Measures a device. */
export async function measureRates(gpu: Gpu): Promise<Rates> {
  const extent = EXTENT[gpu.kind];
  using a = gpu.zeros([extent, extent]);
  using b = gpu.zeros([extent, extent]);
  using c = gpu.empty([extent, extent]);
  const matrix = (view: typeof a) => ({ view, stride: extent });
  const multiply = () =>
    matmul(gpu, { M: extent, N: extent, K: extent, a: matrix(a), b: matrix(b), c: matrix(c) });
  const first = await secondsOf(gpu, multiply, 1);
  using from = gpu.zeros([COPIED / 4]);
  using to = gpu.empty([COPIED / 4]);
  const copy = () => gpu.copy(from, to);
  const clear = () => gpu.clear({ buffer: c.buffer, byteOffset: 0, byteLength: 4 });
  return {
    flops: 2 * extent ** 3 / await secondsEach(gpu, multiply),
    bytes: 2 * COPIED / await secondsEach(gpu, copy),
    wait: Math.min(...[await secondsOf(gpu, clear, 1), await secondsOf(gpu, clear, 1)]),
    first,
  };
}

/** Seconds of one of so many repetitions of some work that a wait for the device is no part. */
async function secondsEach(gpu: Gpu, work: () => void): Promise<number> {
  for (let count = 1;; count *= 4) {
    const seconds = await secondsOf(gpu, work, count);
    if (seconds >= SECONDS / 4) return seconds / count;
  }
}

/** Seconds of so many repetitions, and of waiting for their end. */
async function secondsOf(gpu: Gpu, work: () => void, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) work();
  await gpu.finish();
  return (performance.now() - start) / 1000;
}
