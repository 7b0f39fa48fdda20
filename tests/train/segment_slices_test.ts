import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { countSlabs, cutEvenly, sliceSegments } from "../../lib/train/segment_slices.ts";
import { gpuTest } from "../testing/gpu.ts";

const SLAB = 4096;
const init = { kind: "constant", value: 0 } as const;
/** Matrices of one slab and of two, one that ends within a slab, and small ones that share it. */
const SPECS = [
  { name: "a", shape: [64, 64], init, group: "whole" },
  { name: "b", shape: [9001], init, group: "cut" },
  { name: "c", shape: [128, 64], init, group: "whole" },
  { name: "d", shape: [301, 67], init, group: "whole" },
  { name: "e", shape: [3, 7], init, group: "whole" },
  { name: "f", shape: [5, 9], init, group: "whole" },
  { name: "g", shape: [4 * SLAB], init, group: "cut" },
];

Deno.test("cutEvenly() ends parts where they may end, as near to equal ones as can be", () => {
  const anywhere = () => true;
  assertEquals(cutEvenly(10, 4, anywhere), [2, 5, 7, 10]);
  assertEquals(cutEvenly(0, 3, anywhere), [0, 0, 0]);
  assertEquals(cutEvenly(2, 5, anywhere), [0, 0, 1, 1, 2]);
  const among = (...ends: number[]) => (at: number) => ends.includes(at);
  assertEquals(cutEvenly(108, 2, among(27, 36, 72)), [36, 108], "the first of two as near");
  assertEquals(cutEvenly(108, 4, among(27, 36, 72)), [27, 36, 72, 108]);
  assertEquals(cutEvenly(7, 3, among()), [0, 7, 7], "one thing belongs to one part");
  assertEquals(cutEvenly(9, 6, among(4)), [0, 4, 4, 4, 9, 9]);
});

gpuTest(
  "sliceSegments() cuts no parameter of a whole group, and has each number once",
  async (gpu) => {
    // A binding that holds one of the larger matrices: several segments a group.
    using small = await Gpu.open({ maxBindingBytes: 6 * 4 * SLAB });
    for (const device of [gpu, small]) {
      using store = new ParameterStore(device, SPECS, true);
      for (const numRanks of [1, 2, 3, 5, 6]) {
        const slices = sliceSegments(store, numRanks, ["whole"]);
        assertEquals(slices.length, numRanks);
        for (const { values, group } of store.segments) {
          let end = 0;
          for (const slice of slices.flat()) {
            if (slice.values.buffer !== values.buffer) continue;
            assertEquals([slice.values.byteOffset, slice.group], [end, group]);
            end += slice.values.byteLength;
          }
          assertEquals(end, values.byteLength);
        }
        for (const { name } of SPECS.filter(({ group }) => group === "whole")) {
          const [window] = store.get(name).windows;
          const { buffer, byteOffset, byteLength } = window!.value.tensor;
          const holders = slices.flat().filter(({ values }) =>
            values.buffer === buffer && values.byteOffset <= byteOffset &&
            byteOffset + byteLength <= values.byteOffset + values.byteLength
          );
          assertEquals(holders.length, 1, `${name} of ${numRanks} ranks`);
        }
        const sizes = slices.map((each) => countSlabs(each.filter(({ group }) => group === "cut")));
        assert(Math.min(...sizes) > 0 && Math.max(...sizes) - Math.min(...sizes) <= 1);
      }
      await device.finish();
    }
  },
);

gpuTest("sliceSegments() counts the slabs before a slice through the store", (gpu) => {
  using store = new ParameterStore(gpu, SPECS, true);
  for (const wholeGroups of [[], ["whole"], ["cut"]]) {
    const slabs = sliceSegments(store, 3, wholeGroups).flat()
      .map(({ firstSlab, values }) => [firstSlab, firstSlab + countSlabs([{ values }])])
      .sort(([a], [b]) => a! - b!);
    let end = 0;
    for (const [first, next] of slabs) {
      assertEquals(first, end);
      end = next!;
    }
    assertEquals(end, countSlabs(store.segments));
  }
});

gpuTest("sliceSegments() gives parameters that share a slab to one rank, and some none", (gpu) => {
  using store = new ParameterStore(gpu, SPECS, true);
  const slabsOf = (numRanks: number) =>
    sliceSegments(store, numRanks, ["whole"]).map((each) =>
      countSlabs(each.filter(({ group }) => group === "whole"))
    );
  assertEquals(slabsOf(2), [3, 5]);
  assertEquals(slabsOf(3), [1, 2, 5]);
  assertEquals(slabsOf(6), [1, 0, 2, 0, 5, 0]);
});
