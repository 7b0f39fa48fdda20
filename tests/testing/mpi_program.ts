/**
 * A rank of the tests of MPI: what it does is its first argument. It prints a line of JSON.
 *
 * @module
 */

import { parseCommandLine } from "../../lib/cli/command_line.ts";
import { runMain } from "../../lib/cli/main.ts";
import { runRanks } from "../../lib/cli/rank_main.ts";
import { print } from "../../lib/cli/stdout.ts";
import type { JoinedRanks } from "../../lib/dist/join_ranks.ts";
import { launcher } from "../../lib/dist/launcher.ts";
import { Mpi } from "../../lib/dist/mpi.ts";
import { MpiRanks } from "../../lib/dist/mpi_ranks.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { Tensor } from "../../lib/gpu/tensor.ts";

const say = (value: unknown) => print(JSON.stringify(value));

/** Numbers whose sums depend on their order. */
function numbersOf(rank: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 7.3 + rank) * 100 ** rank);
}

/** Every call, once. */
async function calls(): Promise<void> {
  const mpi = new Mpi(launcher()!, 60);
  const { rank, numRanks } = mpi;
  const gathered = [...await mpi.allGather(Uint8Array.of(10 + rank, 20 + rank))];
  const broadcast = rank === 1 ? Uint8Array.of(5, 6, 7) : new Uint8Array(3);
  await mpi.broadcast(broadcast, 1);
  const each = new Array(numRanks).fill(1);
  const to = new Uint8Array(numRanks);
  await mpi.allToAllV(Uint8Array.from(each, (_, i) => 10 * rank + i), each, to, each);
  const ranks = new MpiRanks(mpi);
  const sum = await ranks.sum(rank + 0.5);
  const shared = await ranks.share({ from: rank, text: "ü".repeat(rank + 1) });
  const { ids, loss } = await ranks.share({ ids: new Uint16Array(rank + 1), loss: NaN * rank }, 1);
  const cloned = `${ids.constructor.name} ${ids.length} ${loss}`;
  const texts = await mpi.exchange(`text of ${rank}`);
  await ranks.compare({ same: [1, 2], config: { seed: 1 } });
  // Timers of those that wait have their turns.
  let turns = 0;
  const ticking = setInterval(() => turns++, 1);
  if (rank === 0) { while (turns < 3) await new Promise((resolve) => setTimeout(resolve, 1)); }
  await mpi.barrier();
  clearInterval(ticking);
  const found = { gathered, broadcast: [...broadcast], to: [...to], sum, shared, cloned, texts };
  say({ rank, numRanks, ...found });
  await mpi.leave();
}

/** Sums on the device, of pieces that end within tensors and of slices that are not all full. */
async function reduce(): Promise<void> {
  const mpi = new Mpi(launcher()!, 60);
  const { rank, numRanks } = mpi;
  using gpu = await Gpu.open();
  const ranks = new MpiRanks(mpi, 256);
  let numWrong = 0;
  const counts = [1, 67, 0, 129, 3];
  const tensors = counts.map((count) => gpu.tensor(numbersOf(rank, count)));
  await ranks.reduce(gpu, tensors);
  for (const [i, count] of counts.entries()) {
    const expected = numbersOf(0, count);
    for (let from = 1; from < numRanks; from++) {
      numbersOf(from, count).forEach((value, j) => expected[j]! += value);
    }
    const found = await gpu.read(tensors[i]!);
    expected.forEach((value, j) => numWrong += Number(value !== found[j]));
    tensors[i]!.release();
  }
  say({ rank, numWrong });
  await mpi.leave();
}

/** Slices of other sizes on each rank, in several rounds; and bytes of other numbers on each. */
async function slices(): Promise<void> {
  const mpi = new Mpi(launcher()!, 60);
  const { rank, numRanks } = mpi;
  using gpu = await Gpu.open();
  const ranks = new MpiRanks(mpi, 64 * numRanks);
  const starts = Array.from({ length: numRanks + 1 }, (_, i) => 20 * i * i);
  using tensor = gpu.tensor(numbersOf(rank, starts[numRanks]!));
  const cut = starts.slice(1).map((end, i) => [
    new Tensor(tensor.buffer, 4 * starts[i]!, [end - starts[i]!]),
  ]);
  await ranks.sumSlices(gpu, cut);
  await ranks.gatherSlices(gpu, cut);
  const expected = numbersOf(0, tensor.size);
  for (let from = 1; from < numRanks; from++) {
    numbersOf(from, tensor.size).forEach((value, j) => expected[j]! += value);
  }
  const found = await gpu.read(tensor);
  const numWrong = expected.filter((value, j) => value !== found[j]).length;
  const all = await ranks.collect(new Uint8Array(rank * 5).fill(rank));
  say({ rank, numWrong, collected: all.map((each) => [...each]) });
  await mpi.leave();
}

/** Waits for the others, but not for long. */
async function begin(): Promise<void> {
  await new Mpi(launcher()!, 1).leave();
}

/** All make a call that the library refuses. */
async function refused(): Promise<void> {
  const mpi = new Mpi(launcher()!, 60);
  await mpi.broadcast(new Uint8Array(1), mpi.numRanks);
}

/** Rank 1 was told something else. */
async function differ({ ranks }: JoinedRanks): Promise<void> {
  await ranks.compare({ config: { seed: 1, train: { lr: ranks.rank === 1 ? 2 : 1 } } });
}

/** The ranks have more to compare than fits. */
async function long({ ranks }: JoinedRanks): Promise<void> {
  await ranks.compare({ prompt: "ü".repeat(1 << 15) });
}

/** Rank 1 stops answering. */
async function lost({ ranks }: JoinedRanks): Promise<void> {
  await ranks.sum(1);
  if (ranks.rank === 1) await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  await ranks.sum(1);
}

/** Rank 1 alone fails. */
async function fail({ ranks }: JoinedRanks): Promise<void> {
  if (ranks.rank === 1) throw new TypeError("broken");
  await ranks.sum(1);
}

/** All are asked for help. */
function help(): Promise<void> {
  parseCommandLine({ name: "ranks", doc: "Ranks.", flags: {} }, ["--help"]);
  throw new Error("The help text was to be printed.");
}

/** What joins by itself. */
const PROGRAMS: Readonly<Record<string, () => Promise<void>>> = {
  ...{ calls, reduce, slices, begin, refused },
};
/** What joins as tasks do. */
const TASKS: Readonly<Record<string, (joined: JoinedRanks) => Promise<void>>> = {
  ...{ differ, long, lost, fail, help },
};

const name = Deno.args[0]!;
if (name in TASKS) await runRanks(TASKS[name]!);
else await runMain(PROGRAMS[name]!);
