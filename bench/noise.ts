/**
 * What the noise of a step costs, drawn as wide as the vocabulary or projected: `deno run -A
 * bench/noise.ts`, in processor seconds, which other programs do not lengthen.
 *
 * @module
 */

import process from "node:process";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { runMain } from "../lib/cli/main.ts";
import { print } from "../lib/cli/stdout.ts";
import { ProjectedNoise } from "../lib/flow/projected_noise.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { Dit } from "../lib/model/dit.ts";
import { initialise } from "../lib/model/initialise.ts";
import { corruptedRows } from "../lib/ops/corruption.ts";
import { Tape, type Value } from "../lib/ops/tape.ts";
import { integer } from "../lib/schema/field.ts";

const COMMAND = {
  name: "bench/noise.ts",
  doc: "Measures x_t·E and its gradient, explicit and projected.",
  flags: {
    vocabSize: integer({ doc: "V.", min: 2, fallback: 3584 }),
    hiddenSize: integer({ doc: "H.", min: 32, fallback: 192 }),
    length: integer({ doc: "Positions of a sample.", min: 1, fallback: 16 }),
    batchSize: integer({ doc: "Samples.", min: 1, fallback: 96 }),
    repetitions: integer({ doc: "Steps of each.", min: 1, fallback: 5 }),
  },
};

/** Processor seconds of this process so far. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function main(): Promise<void> {
  const { flags } = parseCommandLine(COMMAND);
  const { vocabSize, hiddenSize, length, batchSize, repetitions } = flags;
  using gpu = await Gpu.open();
  const config = {
    ...{ vocabSize, hiddenSize, length, numBlocks: 1, numHeads: 1, condDim: 8, dropout: 0 },
    ...{ logitCap: null, learnableLossWeighting: false, doubleTemb: false },
  };
  using model = Dit.create(gpu, config, true);
  initialise(model, 1);
  const count = batchSize * length;
  using tokens = gpu.tensor(Uint32Array.from({ length: count }, (_, i) => (i * 641) % vocabSize));
  using gammas = gpu.tensor(new Float32Array(batchSize).fill(0.3));
  using sigmas = gpu.tensor(new Float32Array(batchSize).fill(0.7));
  const data = { tokens, gammas, length, key: [1, 0] as const, firstSample: 0 };
  const backward = (tape: Tape, embedded: Value) => {
    tape.backward(embedded);
    embedded[Symbol.dispose]();
  };
  const ways = {
    explicit(step: number) {
      using tape = new Tape(gpu, true);
      backward(tape, model.embedDense(tape, corruptedRows(gpu, { ...data, step }), count));
    },
    projected(step: number) {
      using noise = new ProjectedNoise(model);
      using tape = new Tape(gpu, true);
      backward(tape, noise.rows({ ...data, sigmas, step }).embed(tape));
      noise.finish();
    },
  };
  print(`${gpu.description}\nV ${vocabSize}, H ${hiddenSize}, M ${count}`);
  for (const run of Object.values(ways)) run(0);
  await gpu.finish();
  const seconds = { explicit: 0, projected: 0 };
  for (let step = 1; step <= repetitions; step++) {
    for (const way of ["explicit", "projected"] as const) {
      const before = processorSeconds();
      ways[way](step);
      await gpu.finish();
      seconds[way] += (processorSeconds() - before) / repetitions;
    }
  }
  for (const [way, each] of Object.entries(seconds)) print(`${way}: ${each.toFixed(3)} s`);
}

if (import.meta.main) await runMain(main);
