/**
 * Stores whose matrices are in f16.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { type MatrixType, type ParameterSpec, ParameterStore } from "../../lib/model/parameters.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { f16Test } from "../testing/gpu.ts";

const init = { kind: "constant", value: 0 } as const;
const SPECS: ParameterSpec[] = [
  { name: "wide", shape: [40, 65], init },
  { name: "bias", shape: [65], init },
  { name: "odd", shape: [7, 3], init },
  { name: "apart", shape: [5, 9], init, group: "slow" },
];

f16Test("ParameterStore has matrices in half the bytes, and vectors in f32", async (gpu) => {
  using store = new ParameterStore(gpu, SPECS, false, "f16");
  const types = SPECS.map(({ name }) => store.get(name).value.tensor.dtype);
  assertEquals(types, ["f16", "f32", "f16", "f16"]);
  assertEquals(
    store.segments.map(({ group, values }) => [group, values.dtype, values.byteLength]),
    // Windows begin at multiples of 512 bytes.
    [["", "f16", 5632 + 512], ["", "f32", 512], ["slow", "f16", 512]],
  );
  for (const [i, { name, shape }] of SPECS.entries()) {
    const values = randomNumbers(shape.reduce((product, n) => product * n), i);
    store.write(name, values);
    const kept = shape.length > 1 ? values.map(Math.f16round) : values;
    assertEquals(await store.read(name), kept, name);
    // What is computed from it is f32.
    assertEquals(store.get(name).dtype, "f32");
  }
});

f16Test("ParameterStore cuts matrices of f16 where others are cut", async (gpu) => {
  using small = await Gpu.open({ maxBindingBytes: 4096 });
  const cuts = (matrices: MatrixType) => {
    using store = new ParameterStore(small, SPECS, false, matrices);
    return store.parameters.map(({ windows }) => windows.map(({ rows }) => rows));
  };
  assertEquals(cuts("f16"), cuts("f32"));
  assertEquals(cuts("f16")[0], [15, 15, 10]);
  const row = [{ name: "row", shape: [1, 1025], init }];
  for (const matrices of ["f32", "f16"] as const) {
    assertThrows(
      () => new ParameterStore(small, row, false, matrices),
      GpuError,
      "One row of row has 4100 bytes; this adapter binds at most 4096.",
    );
  }
  await gpu.finish();
});

f16Test("ParameterStore trains no matrices of f16, and keeps no copies of them", (gpu) => {
  assertThrows(() => new ParameterStore(gpu, SPECS, true, "f16"), GpuError, "gradients and f16");
  using store = new ParameterStore(gpu, SPECS, false, "f16");
  assertThrows(() => store.keepHalves(), GpuError, "these are stored in f16");
});
