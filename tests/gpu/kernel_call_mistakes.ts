/**
 * Calls of kernels that must not compile. `deno check` finds fault with a comment that expects an
 * error where there is none, so that a mistake which compiles is seen; see kernel_call_test.ts.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Image } from "../../lib/gpu/image.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";

/** Never called: every statement is a mistake of its own, but for those said to be right. */
export function mistakes(gpu: Gpu, x: Tensor, y: Tensor, image: Image): void {
  const grid = [1, 1, 1] as const;
  const scale = { VEC: 1, WG: 64, STEPS: 1, ACCUMULATE: 0 };
  const params = { count: 1, factor: 1 };

  // Right.
  gpu.run("scale", scale, { bind: { x, y }, params, grid });

  // @ts-expect-error There is no such kernel.
  gpu.run("scales", scale, { bind: { x, y }, params, grid });
  // @ts-expect-error A file that is only included is no kernel.
  gpu.run("common", {}, { bind: { x }, params: {}, grid });

  // @ts-expect-error A constant is missing.
  gpu.run("scale", { VEC: 1, WG: 64, STEPS: 1 }, { bind: { x, y }, params, grid });
  // @ts-expect-error There is no such constant.
  gpu.run("scale", { ...scale, LANES: 1 }, { bind: { x, y }, params, grid });
  const more = { ...scale, LANES: 1 };
  // @ts-expect-error Nor where it comes with others.
  gpu.run("scale", more, { bind: { x, y }, params, grid });
  // @ts-expect-error A constant is missing that an include needs.
  gpu.run("softmax_rows", { WG: 64, LOG: 0 }, {
    bind: { x },
    params: { rows: 1, columns: 1 },
    grid,
  });

  // @ts-expect-error A binding is missing.
  gpu.run("scale", scale, { bind: { x }, params, grid });
  // @ts-expect-error There is no such binding.
  gpu.run("scale", scale, { bind: { x, y, z: x }, params, grid });
  const buffers = { x, y, z: x };
  // @ts-expect-error Nor where it comes with others.
  gpu.run("scale", scale, { bind: buffers, params, grid });
  // @ts-expect-error A buffer is needed.
  gpu.run("scale", scale, { bind: { x: image, y }, params, grid });

  // @ts-expect-error A parameter is missing.
  gpu.run("scale", scale, { bind: { x, y }, params: { count: 1 }, grid });
  // @ts-expect-error All of them are.
  gpu.run("scale", scale, { bind: { x, y }, grid });
  // @ts-expect-error There is no such parameter.
  gpu.run("scale", scale, { bind: { x, y }, params: { ...params, rows: 1 }, grid });
  const numbers = { ...params, rows: 1 };
  // @ts-expect-error Nor where it comes with others.
  gpu.run("scale", scale, { bind: { x, y }, params: numbers, grid });

  const pad = { count: 1, rows: 1, columns: 4, columns4: 1, x_start: 0, x_stride: 4 };
  // Right.
  gpu.run("pad_rows", { WG: 64, STEPS: 1 }, { bind: { x, image }, params: pad, grid });
  // @ts-expect-error An image is needed.
  gpu.run("pad_rows", { WG: 64, STEPS: 1 }, { bind: { x, image: y }, params: pad, grid });

  const sum = { count: 1, slab: 1, start: 0 };
  const masked = { LANES: 8, MASK: 1, SQUARE: 0 };
  // Right: the mask depends on a constant.
  gpu.run("sum_partials", masked, { bind: { x, partials: y, mask: x }, params: sum, grid });
  gpu.run("sum_partials", masked, { bind: { x, partials: y }, params: sum, grid });
  // @ts-expect-error A binding is misspelt that depends on a constant.
  gpu.run("sum_partials", masked, { bind: { x, partials: y, masks: x }, params: sum, grid });
}
