/**
 * The device and what runs on it: tensors, kernels of one's own, and where the time goes.
 *
 * {@linkcode Gpu.open} opens the preferred adapter. `gpu.tensor` uploads, `gpu.read` reads back,
 * `gpu.run` records a kernel; tensors are released with `using`. A kernel of one's own is made by
 * {@linkcode defineKernel}; `./ops` makes differentiable operations of kernels.
 *
 * @example Double numbers by a kernel of one's own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defineKernel, Gpu } from "@flm/flm/gpu";
 *
 * const double = defineKernel("double", `
 * @group(0) @binding(0) var<storage, read> x: array<f32>;
 * @group(0) @binding(1) var<storage, read_write> y: array<f32>;
 *
 * @compute @workgroup_size(1)
 * fn main(@builtin(workgroup_id) group: vec3u) {
 *   y[group.x] = 2.0 * x[group.x];
 * }`);
 *
 * using gpu = await Gpu.open();
 * using x = gpu.tensor(Float32Array.of(1, 2, 3));
 * using y = gpu.empty(x.shape);
 * gpu.run(double, {}, { bind: { x, y }, grid: [x.size, 1, 1] });
 * assertEquals((await gpu.read(y)).join(), "2,4,6");
 * ```
 *
 * @module
 */

export type { AdapterKind } from "./adapter.ts";
export { type BackendName, BACKENDS } from "./backend.ts";
export { OutOfMemoryError } from "../errors.ts";
export { defineKernel, type OwnKernel } from "./define_kernel.ts";
export { type DryGpuOptions, openDryGpu } from "./dry.ts";
export { Gpu, type GpuOptions } from "./gpu.ts";
export type { Image, ImageDType } from "./image.ts";
export type {
  BindingsOf,
  ConstantsOf,
  KernelCall,
  KernelName,
  KernelRef,
  Only,
  ParamsOf,
} from "./kernel_call.ts";
export type { Kernels } from "../../kernels/sources.ts";
export { foldGrid } from "./limits.ts";
export type { MatrixUnits } from "./matrix_units.ts";
export type { PoolReport } from "./pool.ts";
export { formatProfile, type ProfileRow } from "./profiler.ts";
export type { Template, TemplateConstants } from "./template.ts";
export { type BufferView, type DType, Tensor } from "./tensor.ts";
