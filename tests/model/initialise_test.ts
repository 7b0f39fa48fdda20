/**
 * Tests of how networks begin.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { corruptedLoss } from "../../lib/methods/flm/corrupted_loss.ts";
import { Dit } from "../../lib/model/dit.ts";
import type { DitConfig } from "../../lib/model/dit_specs.ts";
import { initialise, type InitialiseOptions } from "../../lib/model/initialise.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY } from "../testing/tiny_model.ts";

/** More tokens than a vector has entries. */
const WIDE: DitConfig = { ...TINY, vocabSize: 301, hiddenSize: 96 };

async function valuesOf(
  gpu: Gpu,
  name: string,
  options: InitialiseOptions,
): Promise<Float32Array> {
  using model = Dit.create(gpu, WIDE, false);
  initialise(model, 3, options);
  const parts = [];
  for (const { value } of model.parameters.get(name).windows) {
    parts.push(...await gpu.read(value.tensor));
  }
  return Float32Array.from(parts);
}

gpuTest("initialise() begins the output projection along the embedding if told", async (gpu) => {
  const read = (name: string, options: InitialiseOptions = {}) => valuesOf(gpu, name, options);
  const [embedding, head] = ["vocab_embed.embedding", "output_layer.linear.weight"];
  assert((await read(head)).every((value) => value === 0));
  const matched = { headInit: "embedding" } as const;
  const rows = await read(embedding, matched);
  assertEquals(await read(head, matched), rows.map((value) => 2 * value));
  // All else is as it was.
  assertEquals(rows, await read(embedding));
  for (const name of ["blocks.1.mlp.0.weight", "output_layer.linear.bias"]) {
    assertEquals(await read(name, matched), await read(name), name);
  }
});

gpuTest("initialise() along the embedding gives a network that sees tokens", async (gpu) => {
  const schedule = new GammaSchedule(WIDE.vocabSize);
  const tokens = Uint32Array.from({ length: 8 * WIDE.length }, (_, i) => (i * 7 + 3) % 301);
  const lossAt = async (time: number, options: InitialiseOptions) => {
    using model = Dit.create(gpu, WIDE, false);
    initialise(model, 3, options);
    const times = new Float64Array(8).fill(Math.fround(time));
    const draw = { seed: 4, step: 0, firstSample: 0, padId: null };
    const losses = await corruptedLoss(model, schedule, { tokens, times, ...draw });
    return losses.reduce((sum, loss) => sum + loss.sum, 0) / tokens.length;
  };
  assertAlmostEquals(await lossAt(0.9, {}), Math.log(301), 1e-4);
  const matched = { headInit: "embedding" } as const;
  assert(await lossAt(1, matched) < 0.02);
  assert(await lossAt(0.9, matched) < Math.log(301) - 1);
  assert(await lossAt(0, matched) < Math.log(301) + 2);
});
