import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError, GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { gradNorm, slicedGradNorm } from "../../lib/train/grad_norm.ts";
import { ParameterSlices } from "../../lib/train/parameter_slices.ts";
import { type StateStore, zerosLike } from "../../lib/train/state_store.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const SLAB = 4096;
const init = { kind: "constant", value: 0 } as const;
/** Rows of a length with which slabs end within them; groups alternate. */
const SPECS = [
  { name: "a", shape: [301, 67], init, group: "x" },
  { name: "b", shape: [5], init, group: "y" },
  { name: "c", shape: [33, 301], init, group: "x" },
  { name: "d", shape: [9001], init, group: "y" },
];

function slicesOf(
  store: ParameterStore,
  numRanks: number,
  wholeGroups?: readonly string[],
): ParameterSlices[] {
  return ranksInOneProcess(numRanks).map((ranks) => new ParameterSlices(store, ranks, wholeGroups));
}

gpuTest("ParameterSlices have every number of every segment once, in equal parts", async (gpu) => {
  // Bindings of a slab and a half: segments whose last slabs are short.
  using small = await Gpu.open({ maxBindingBytes: 6 * SLAB });
  for (const device of [gpu, small]) {
    using store = new ParameterStore(device, SPECS, true);
    for (const numRanks of [1, 2, 3, 5]) {
      const all = slicesOf(store, numRanks);
      for (const { values, grads, group } of store.segments) {
        let end = 0;
        for (const { segments } of all) {
          for (const slice of segments) {
            if (slice.values.buffer !== values.buffer) continue;
            assertEquals([slice.values.byteOffset, slice.group], [end, group]);
            assertEquals(slice.grads.buffer, grads!.buffer);
            assertEquals(slice.grads.byteOffset, end);
            assertEquals(end % (4 * SLAB), 0);
            end += slice.values.byteLength;
          }
        }
        assertEquals(end, values.byteLength);
      }
      const slabs = all.map(({ segments }) =>
        segments.reduce((sum, { values }) => sum + Math.ceil(values.size / SLAB), 0)
      );
      assert(Math.max(...slabs) - Math.min(...slabs) <= 1, `slabs of ranks: ${slabs}`);
      for (const each of all) each[Symbol.dispose]();
    }
    await device.finish();
  }
});

gpuTest("ParameterSlices are refused where a rank would have none", (gpu) => {
  using store = new ParameterStore(gpu, [{ name: "a", shape: [2, SLAB], init }], true);
  for (const each of slicesOf(store, 2)) each[Symbol.dispose]();
  assertThrows(
    () => slicesOf(store, 3),
    ConfigError,
    "train.shardOptimizer: expected false, since a network of 2 times 4096 parameters that can be " +
      "cut is too small to be shared out among 3 ranks, found true",
  );
  using other = new ParameterStore(gpu, SPECS, true);
  for (const each of slicesOf(other, 3, ["x"])) each[Symbol.dispose]();
  assertThrows(
    () => slicesOf(other, 4, ["x"]),
    ConfigError,
    "a network of 3 times 4096 parameters that can be cut",
  );
  assertThrows(
    () => slicesOf(other, 2, other.segments.map(({ group }) => group)),
    ConfigError,
    "train.shardOptimizer: expected false, since the optimizer moves all parameters as a whole, " +
      "found true",
  );
  using frozen = new ParameterStore(gpu, [{ name: "a", shape: [2, SLAB], init }], false);
  assertThrows(() => slicesOf(frozen, 2), GpuError, "without gradients");
});

gpuTest("zerosLike() of slices has each number of a state on one rank", async (gpu) => {
  using small = await Gpu.open({ maxBindingBytes: 6 * SLAB });
  for (const device of [gpu, small]) {
    using store = new ParameterStore(device, SPECS, true);
    using all = new DisposableStack();
    const slices = slicesOf(store, 3).map((each) => all.use(each));
    const states = slices.map((each) => all.use(zerosLike(each)));
    const sizeOf = ({ segments }: Pick<StateStore, "segments">) =>
      segments.reduce((sum, { values }) => sum + values.size, 0);
    assertEquals(states.reduce((sum, state) => sum + sizeOf(state), 0), sizeOf(store));
    const names = SPECS.map(({ name }) => name);
    for (const { tensors } of states) assertEquals(tensors.map(({ name }) => name), names);
    const expected = new Map<string, Float32Array>();
    for (const [i, { name, shape }] of SPECS.entries()) {
      const numbers = randomNumbers(shape.reduce((a, b) => a * b), i);
      expected.set(name, numbers);
      let end = 0;
      for (const { tensors } of states) {
        for (const { start, tensor } of tensors[i]!.windows) {
          assertEquals(start, end);
          end += tensor.size;
          device.write(tensor, numbers.subarray(start, end));
        }
      }
      assertEquals(end, numbers.length);
    }
    // The gradients, of which there is one copy here, are all ranks'.
    await Promise.all(slices.map((each, rank) => each.gather(states[rank]!)));
    for (const [name, numbers] of expected) {
      assertEquals(await slices[0]!.gathered.read(name), numbers, name);
      assertEquals(await store.read(name, "grad"), numbers, name);
    }
    using part = zerosLike(slices[0]!, (group) => group === "y");
    assertEquals(part.tensors.map(({ name }) => name), ["b", "d"]);
    await device.finish();
  }
});

gpuTest("slicedGradNorm() is the norm of the whole, to the bit", async (gpu) => {
  using store = new ParameterStore(gpu, SPECS, true);
  for (const [i, { grads }] of store.segments.entries()) {
    gpu.write(grads!, randomNumbers(grads!.size, i));
  }
  using expected = gradNorm(gpu, store);
  using all = new DisposableStack();
  for (const wholeGroups of [[], ["x"], ["y"]]) {
    const slices = slicesOf(store, 3, wholeGroups).map((each) => all.use(each));
    const norms = await Promise.all(slices.map((each) => slicedGradNorm(each)));
    for (const norm of norms) {
      assertEquals(await gpu.read(norm), await gpu.read(expected), `whole: ${wholeGroups}`);
      norm.release();
    }
  }
});
