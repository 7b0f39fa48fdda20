/**
 * What it takes to sum gradients over ranks: `mpirun -n 2 ./flm bench:reduce`.
 *
 * Sums of several sizes, from device to device, beside what copying to the host and back takes
 * alone; then steps of the demo's model, each rank with a batch of its own, with a sum and without.
 * Contenders take turns, and medians are compared.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { formatBytes, formatNumber } from "../lib/cli/format.ts";
import { runRanks } from "../lib/cli/rank_main.ts";
import { print } from "../lib/cli/stdout.ts";
import type { JoinedRanks } from "../lib/dist/join_ranks.ts";
import { FlmError } from "../lib/errors.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { median } from "../lib/math/median.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { ONE_RANK, type Ranks } from "../lib/train/ranks.ts";
import { loadDemo } from "./demo.ts";
import { demoStep } from "./training_step.ts";

/** Bytes of gradients. */
const SIZES = [4096, 1 << 16, 1 << 20, 1 << 24, 1 << 27];
const TURNS = 7;

/** Median milliseconds of each, by turns that all ranks begin together. */
async function byTurns(ranks: Ranks, work: readonly (() => Promise<void>)[]): Promise<number[]> {
  // The first turn compiles, and is not counted.
  const turns = work.map((): number[] => []);
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [i, each] of work.entries()) {
      await ranks.sum(0);
      const begun = performance.now();
      await each();
      if (turn > 0) turns[i]!.push(performance.now() - begun);
    }
  }
  return turns.map(median);
}

/** Sums a tensor of so many bytes. */
async function measureSum(gpu: Gpu, ranks: Ranks, bytes: number): Promise<void> {
  const tensor = gpu.tensor(new Float32Array(bytes / 4).fill(1e-3));
  const [sum, copies] = await byTurns(ranks, [
    async () => {
      await ranks.reduce(gpu, [tensor]);
      await gpu.finish();
    },
    async () => {
      gpu.write(tensor, await gpu.read(tensor));
      await gpu.finish();
    },
  ]);
  tensor.release();
  const sent = 2 * bytes * (ranks.numRanks - 1) / ranks.numRanks;
  const cells = [formatBytes(bytes), formatBytes(sent), ...[sum!, copies!].map(milliseconds)];
  const rate = `${(bytes / sum! / 1000).toFixed(1)} MB/s`;
  print([...cells, rate].map((cell) => cell.padStart(14)).join(""));
}

/** Takes steps of the demo's model alone, and together. */
async function measureStep(gpu: Gpu, ranks: Ranks): Promise<void> {
  const demo = await loadDemo();
  using alone = demoStep(gpu, demo, ONE_RANK);
  using together = demoStep(gpu, demo, ranks);
  const [one, all] = await byTurns(ranks, [() => alone.run(1), () => together.run(1)]);
  const share = (100 * (1 - one! / all!)).toFixed(0);
  print(
    `\nA step of the demo's model: ${milliseconds(one!)} alone, ${
      milliseconds(all!)
    } with a sum of ` +
      `${formatBytes(together.gradientBytes)} (${share} % of it)`,
  );
}

const milliseconds = (value: number) => `${formatNumber(value)} ms`;

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Measures what summing gradients over the ranks of MPI takes, in a minute or two.",
  flags: {},
});

async function main({ ranks }: JoinedRanks): Promise<void> {
  const name = taskCommand("bench:reduce");
  parseCommandLine({ name, ...COMMAND });
  if (ranks.numRanks === 1) {
    throw new FlmError(`There is nothing to sum among: start it as ranks, by mpirun -n 2 ${name}.`);
  }
  using gpu = await Gpu.open();
  print(`${ranks.numRanks} ranks, ${gpu.description}`);
  const head = ["gradients", "a rank sends", "sum", "copies alone", "rate"];
  print(head.map((cell) => cell.padStart(14)).join(""));
  for (const bytes of SIZES) await measureSum(gpu, ranks, bytes);
  await measureStep(gpu, ranks);
}

if (import.meta.main) await runRanks(main);
