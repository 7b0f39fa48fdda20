import { assertEquals, assertThrows } from "@std/assert";
import { kernels } from "../../kernels/sources.ts";
import { GpuError } from "../../lib/errors.ts";
import { defineKernel } from "../../lib/gpu/define_kernel.ts";
import { type Image, IMAGE_WIDTH, MAX_IMAGE_BYTES } from "../../lib/gpu/image.ts";
import { openDryGpu } from "../../lib/gpu/dry.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
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
  const image = gpu.emptyImage(3 * ROW - 4);
  assertEquals(gpu.memory().inUse - inUse, 3 * ROW * 4);
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

Deno.test("Gpu.emptyImage() takes few sizes, of which none is a power of two", () => {
  using dry = openDryGpu();
  const rowsFor = (rows: number) => {
    using image = dry.emptyImage(rows * ROW);
    return image.texture.height;
  };
  assertEquals([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17].map(rowsFor), [
    ...[3, 3, 3, 5, 6, 6, 9, 9, 12, 12, 17, 17, 24],
  ]);
  assertEquals([4096, 4097, 6145, 8191].map(rowsFor), [4097, 6144, 8191, 8191]);
});

gpuTest("Gpu.run() tells buffers from images", (gpu) => {
  using x = gpu.empty([4]);
  using image = gpu.emptyImage(4);
  // Not by its name, so that the compiler lets mistakes pass.
  const kernel = defineKernel("pad_rows", kernels.pad_rows);
  const pad = (bind: Record<string, Tensor | Image>) =>
    gpu.run(kernel, { WG: 64, STEPS: 1 }, {
      bind,
      params: { count: 1, rows: 1, columns: 4, columns4: 1, x_start: 0, x_stride: 4 },
      grid: [1, 1, 1],
    });
  assertThrows(() => pad({ x, image: x }), GpuError, 'needs an image "image"');
  assertThrows(() => pad({ x: image, image }), GpuError, 'needs a buffer "x"');
});
