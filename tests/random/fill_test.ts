import { assert, assertEquals } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { type Draw, fillNormal, fillUniform } from "../../lib/random/fill.ts";
import { Philox, Stream } from "../../lib/random/philox.ts";
import { gpuTest } from "../testing/gpu.ts";

const philox = new Philox(2n ** 63n + 12345678901n, Stream.Noise);
const counter = [5, 0xfffffff0, 77] as const;

/** The numbers of a draw on the host. */
function onHost(kind: "uniforms" | "normals", start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const j = start + i;
    return philox[kind](Math.floor(j / 4), ...counter)[j % 4]!;
  });
}

async function read(
  gpu: Gpu,
  count: number,
  draw: Partial<Draw>,
  fill: (gpu: Gpu, y: ReturnType<Gpu["empty"]>, draw: Draw) => void,
): Promise<Float32Array> {
  using y = gpu.empty([count]);
  fill(gpu, y, { key: philox.key, counter, ...draw });
  return await gpu.read(y);
}

gpuTest("fillUniform() draws the host's numbers exactly", async (gpu) => {
  for (const [start, count] of [[0, 1001], [3, 6], [0xfffffff1, 10]] as const) {
    const actual = await read(gpu, count, { start }, (...args) => fillUniform(...args, 0, 1));
    assertEquals([...actual], onHost("uniforms", start, count));
  }
});

gpuTest("fillUniform() covers the interval", async (gpu) => {
  const values = await read(gpu, 40_000, {}, (...args) => fillUniform(...args, -3, 1));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  // The standard deviation of this mean is 4/√(12·40000) = 0.006.
  assert(Math.abs(mean + 1) < 0.025, `mean ${mean}`);
  assert(values.every((v) => v >= -3 && v < 1));
  assert(Math.min(...values) < -2.99 && Math.max(...values) > 0.99);
});

gpuTest("fillNormal() draws the host's numbers", async (gpu) => {
  for (const [start, count] of [[0, 20_001], [2, 7]] as const) {
    const actual = await read(gpu, count, { start }, (...args) => fillNormal(...args, 2));
    onHost("normals", start, count).forEach((value, i) =>
      assert(Math.abs(actual[i]! - 2 * value) < 1e-5, `${i}: ${actual[i]}, not ${2 * value}`)
    );
  }
});

gpuTest("fillNormal() has the moments and tails of a normal distribution", async (gpu) => {
  const count = 1 << 18;
  const values = await read(gpu, count, { counter: [0, 0, 1] }, fillNormal);
  const moment = (power: number) => values.reduce((sum, v) => sum + v ** power, 0) / count;
  // Five standard deviations of each estimate: √(var(Zᵖ)/count).
  for (
    const [power, expected, variance] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]] as const
  ) {
    const bound = 5 * Math.sqrt(variance / count);
    assert(Math.abs(moment(power) - expected) < bound, `moment ${power}: ${moment(power)}`);
  }
  const beyond = values.filter((v) => Math.abs(v) > 3).length / count;
  assert(Math.abs(beyond - 0.0027) < 5 * Math.sqrt(0.0027 / count), `beyond 3: ${beyond}`);
  // Neighbours come from the same draw and must not be correlated.
  const lag = (by: number) =>
    values.reduce((sum, v, i) => sum + v * values[(i + by) % count]!, 0) / count;
  for (const by of [1, 2, 3, 4]) assert(Math.abs(lag(by)) < 5 / Math.sqrt(count), `lag ${by}`);
});
