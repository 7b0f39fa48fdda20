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
 * The source is WGSL with an entry point `main`, buffers in group 0, scalars in `struct Params`,
 * and the template's directives; `//# include NAME` takes a file of kernels/include/, such
 * as `common` for `folded_index`. In a template literal `\${WG}` is written with a backslash.
 *
 * @example
 * ```ts ignore
 * const square = defineKernel("square", `
 * //# include common
 * struct Params { count: u32, }
 * @group(0) @binding(0) var<storage, read> x: array<f32>;
 * @group(0) @binding(1) var<storage, read_write> y: array<f32>;
 * @group(1) @binding(0) var<uniform> params: Params;
 *
 * @compute @workgroup_size(\${WG})
 * fn main(
 *   @builtin(workgroup_id) group: vec3u,
 *   @builtin(num_workgroups) groups: vec3u,
 *   @builtin(local_invocation_index) local: u32,
 * ) {
 *   let i = folded_index(group, groups) * \${WG}u + local;
 *   if (i < params.count) { y[i] = x[i] * x[i]; }
 * }`);
 * gpu.run(square, { WG: 64 }, {
 *   bind: { x, y },
 *   params: { count: x.size },
 *   grid: foldGrid(Math.ceil(x.size / 64)),
 * });
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
