/**
 * Kernels of one's own, which are no file of kernels/.
 *
 * @module
 */

import { parseTemplate, type Template } from "./template.ts";

/** A kernel of one's own; {@linkcode defineKernel} makes it, `gpu.run` takes it. */
export interface OwnKernel extends Template {
  /** What profiles and errors call it. */
  readonly name: string;
  /** WGSL with the directives of lib/gpu/template.ts. */
  readonly source: string;
}

/**
 * A kernel that is no file of kernels/: `gpu.run(kernel, constants, { bind, params, grid })` then
 * runs it as any other, compiled once for each set of constants. Define it once, outside of
 * the function that runs it: what is compiled is kept by the object.
 *
 * The source is WGSL with buffers in group 0, an entry point `main`, perhaps a `struct Params` of
 * scalars (`u32`, `i32`, `f32`) as `@group(1) @binding(0) var<uniform> params: Params;`, and
 * the directives of templates; `//# include NAME` takes a file of kernels/include/, such as
 * `elementwise`, which is an entry point that calls `element(i)` for every i below `params.count`.
 * In a template literal `\${WG}` is written with a backslash.
 *
 * @example Squares
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defineKernel, Gpu } from "@flm/flm/gpu";
 * import { elementwise } from "@flm/flm/ops";
 *
 * const square = defineKernel("square", `
 * //# include elementwise
 * struct Params {
 *   count: u32,
 * }
 * @group(0) @binding(0) var<storage, read> x: array<f32>;
 * @group(0) @binding(1) var<storage, read_write> y: array<f32>;
 * @group(1) @binding(0) var<uniform> params: Params;
 *
 * fn element(i: u32) { y[i] = x[i] * x[i]; }`);
 *
 * using gpu = await Gpu.open();
 * using x = gpu.tensor(Float32Array.of(1, 2, 3));
 * using y = gpu.empty(x.shape);
 * const { constants, count, grid } = elementwise(gpu.kind, x.size);
 * gpu.run(square, constants, { bind: { x, y }, params: { count }, grid });
 * assertEquals((await gpu.read(y)).join(), "1,4,9");
 * ```
 *
 * @param name What profiles and errors call it.
 * @throws {GpuError} if a directive is unknown or has no end. What depends on constants is
 * checked when it is run.
 */
export function defineKernel(name: string, source: string): OwnKernel {
  const kernel = Object.freeze({ name, source });
  parseTemplate(kernel);
  return kernel;
}
