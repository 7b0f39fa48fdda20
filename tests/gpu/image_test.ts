import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { IMAGE_WIDTH, MAX_IMAGE_BYTES } from "../../lib/gpu/image.ts";
import { parseInterface } from "../../lib/gpu/kernel.ts";
import { gpuTest } from "../testing/gpu.ts";

const ROW = IMAGE_WIDTH * 4;

gpuTest("Gpu.image() refuses windows that are no whole texels or too small", (gpu) => {
  using x = gpu.empty([16]);
  for (const [start, count] of [[1, 8], [0, 7], [12, 8]] as const) {
    assertThrows(() => gpu.image(x, start, count), GpuError, "tensor of 64 bytes");
  }
  assertThrows(() => gpu.emptyImage(MAX_IMAGE_BYTES / 4 + 4), GpuError, "smaller batch");
});

gpuTest("Gpu.memory() counts images while they are in use", (gpu) => {
  const { inUse } = gpu.memory();
  const image = gpu.emptyImage(2 * ROW - 4);
  assertEquals(gpu.memory().inUse - inUse, 2 * ROW * 4);
  image[Symbol.dispose]();
  assertEquals(gpu.memory().inUse, inUse);
  assertThrows(() => image[Symbol.dispose](), GpuError, "released twice");
});

gpuTest("Gpu.emptyImage() hands released images out again, until Gpu.trim()", (gpu) => {
  const first = gpu.emptyImage(3 * ROW);
  first[Symbol.dispose]();
  {
    using again = gpu.emptyImage(3 * ROW);
    assertEquals(again, first);
  }
  const { reserved } = gpu.memory();
  gpu.trim();
  assertEquals(gpu.memory().reserved <= reserved - 3 * ROW * 4, true);
});

gpuTest("Gpu.run() tells buffers from images", (gpu) => {
  using x = gpu.empty([4]);
  using image = gpu.emptyImage(4);
  const pad = (bind: Parameters<typeof gpu.run>[2]["bind"]) =>
    gpu.run("pad_rows", { WG: 64 }, {
      bind,
      params: { count: 1, rows: 1, cols: 4, cols4: 1, x_start: 0, ldx: 4 },
      grid: [1, 1, 1],
    });
  assertThrows(() => pad({ x, image: x }), GpuError, 'needs an image "image"');
  assertThrows(() => pad({ x: image, image }), GpuError, 'needs a buffer "x"');
});

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
    { name: "x", index: 0, writable: false, image: false },
    { name: "y", index: 2, writable: true, image: false },
    { name: "a", index: 3, writable: false, image: true },
    { name: "b", index: 4, writable: true, image: true },
  ]);
  assertEquals(params, [{ name: "rows", type: "u32" }, { name: "rate", type: "f32" }]);
});
