import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { parseInterface } from "../../lib/gpu/kernel_interface.ts";

Deno.test("parseInterface() reads buffers, images and parameters", () => {
  const { bindings, params } = parseInterface(`
    struct Params {
      rows: u32,
      rate: f32,
    }
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
    @group(0) @binding(3) var a: texture_storage_2d<rgba32float, read>;
    @group(0) @binding(4) var b: texture_storage_2d<rgba32float, write>;
    @group(1) @binding(0) var<uniform> params: Params;
  `);
  assertEquals(bindings, [
    { name: "x", index: 0, writable: false, image: undefined },
    { name: "y", index: 2, writable: true, image: undefined },
    { name: "a", index: 3, writable: false, image: "rgba32float" },
    { name: "b", index: 4, writable: true, image: "rgba32float" },
  ]);
  assertEquals(params, [{ name: "rows", type: "u32" }, { name: "rate", type: "f32" }]);
});

Deno.test("parseInterface() reads WGSL however it is laid out", () => {
  const { bindings, params } = parseInterface(`
    struct Params { rows: u32, rate: f32 /* of change, } */ }
    @binding(1) @group(0) var<storage> x: array<f32>; @group(0) @binding(2)
      var< storage, read_write > y : array<f32>;
    // @group(0) @binding(3) var<storage, read> former: array<f32>;
    @group(1) @binding(0) var<uniform> params: Params;
  `);
  assertEquals(bindings, [
    { name: "x", index: 1, writable: false, image: undefined },
    { name: "y", index: 2, writable: true, image: undefined },
  ]);
  assertEquals(params, [{ name: "rows", type: "u32" }, { name: "rate", type: "f32" }]);
});

Deno.test("parseInterface() names a parameter that is no scalar", () => {
  assertThrows(
    () => parseInterface("struct Params {\n  count: u32,\n  origin: vec2f,\n}"),
    GpuError,
    'struct Params has "origin: vec2f": expected scalars such as "count: u32"',
  );
});
