import { assertEquals, assertRejects } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { loadTensors, type NamedTensor, readBack } from "../../lib/model/named_tensors.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { concat } from "../../lib/system/concat.ts";
import { withCollected } from "../../lib/train/collected_tensors.ts";
import { ParameterSlices } from "../../lib/train/parameter_slices.ts";
import { ONE_RANK } from "../../lib/train/ranks.ts";
import { type StateStore, zerosLike } from "../../lib/train/state_store.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const init = { kind: "constant", value: 0 } as const;
const SPECS = [
  { name: "a", shape: [301, 67], init, group: "x" },
  { name: "b", shape: [5], init, group: "y" },
  { name: "c", shape: [33, 301], init, group: "x" },
];
const NUMBERS = SPECS.map(({ shape }, i) => randomNumbers(shape.reduce((a, b) => a * b), i));
/** What comes whole, in the middle of others. */
const WHOLE = randomNumbers(7, 9);

async function all(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<number[]> {
  return [...new Float32Array(concat(await Array.fromAsync(pieces)).slice().buffer)];
}

/** Runs `test` on each of 3 ranks, with the tensors of which it has its part. */
async function onRanks<T>(
  gpu: Gpu,
  test: (tensors: NamedTensor[], ranks: ReturnType<typeof ranksInOneProcess>[number]) => Promise<T>,
): Promise<T[]> {
  using store = new ParameterStore(gpu, SPECS, true);
  using whole = gpu.tensor(WHOLE);
  using made = new DisposableStack();
  const ranks = ranksInOneProcess(3);
  const slices = ranks.map((each) => made.use(new ParameterSlices(store, each)));
  const states: StateStore[] = slices.map((each) => made.use(zerosLike(each)));
  const file = {
    name: "state",
    info: (name: string) => ({ byteOffset: SPECS.findIndex((each) => each.name === name) }),
    readRange: (name: string, start: number, count: number) =>
      NUMBERS[SPECS.findIndex((each) => each.name === name)]!.slice(start, start + count),
  };
  for (const { tensors } of states) {
    await loadTensors(gpu, file as unknown as Parameters<typeof loadTensors>[1], tensors);
  }
  return await Promise.all(
    states.map(({ tensors: [a, ...others] }, i) => {
      const windows = [{ start: 0, tensor: whole }];
      const scale = { name: "scale", shape: [WHOLE.length], windows };
      return test([a!, scale, ...others], ranks[i]!);
    }),
  );
}

gpuTest(
  "withCollected() gives rank 0 what all ranks have, and all what it came to",
  async (gpu) => {
    const found: number[][] = [];
    const outcomes = await onRanks(
      gpu,
      (tensors, ranks) =>
        withCollected(gpu, ranks, tensors, async (pieces) => {
          found.push(await all(pieces));
          return { rank: ranks.rank };
        }),
    );
    assertEquals(outcomes, [{ rank: 0 }, { rank: 0 }, { rank: 0 }]);
    const [a, ...others] = NUMBERS;
    assertEquals(found, [[a!, WHOLE, ...others].flatMap((each) => [...each])]);
  },
);

gpuTest("withCollected() lets all go on when rank 0 needs no more", async (gpu) => {
  const outcomes = await onRanks(
    gpu,
    (tensors, ranks) =>
      withCollected(gpu, ranks, tensors, async (pieces) => {
        await pieces.next();
        await pieces.return();
        return "enough";
      }),
  );
  assertEquals(outcomes, ["enough", "enough", "enough"]);
});

gpuTest("withCollected() of a process alone is readBack()", async (gpu) => {
  using store = new ParameterStore(gpu, SPECS, false);
  for (const [i, { name }] of SPECS.entries()) store.write(name, NUMBERS[i]!);
  const { tensors } = store;
  const found = await withCollected(gpu, ONE_RANK, tensors, all);
  assertEquals(found, await all(readBack(gpu, tensors)));
  await assertRejects(
    () => withCollected(gpu, ONE_RANK, tensors, () => Promise.reject(new TypeError("no"))),
    TypeError,
  );
});
