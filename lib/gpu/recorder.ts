/**
 * Records dispatches and copies, and submits them in batches: one command
 * buffer and as few compute passes as may be, bind groups kept between steps,
 * all parameters of a batch uploaded in one write.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { copyToImage, Image } from "./image.ts";
import type { Kernel } from "./kernel.ts";
import { alignBytes, MAX_WORKGROUPS } from "./limits.ts";
import type { Profiler } from "./profiler.ts";
import { type BufferView, Tensor } from "./tensor.ts";

/** What one dispatch needs. */
export interface Dispatch {
  /** Buffers and images by the names that the kernel gives them. */
  bind: Readonly<Record<string, BufferView | Image>>;
  /** Values of the kernel's `struct Params`, by name. */
  params?: Readonly<Record<string, number>>;
  /** Workgroups in x, y and z. */
  grid: readonly [number, number, number];
  /** Floating-point operations, for the profiler. */
  flops?: number;
}

/** Bytes of parameters in one batch; a full arena is submitted early. */
const PARAMS_BYTES = 1 << 18;
/** Bind groups kept before the cache starts anew. */
const MAX_BIND_GROUPS = 1 << 14;

/** Batches GPU commands. */
export class Recorder {
  readonly #device: GPUDevice;
  readonly #check: () => void;
  readonly #paramsLayout: GPUBindGroupLayout;
  readonly #paramsBuffer: GPUBuffer;
  readonly #paramsGroup: GPUBindGroup;
  readonly #params = new DataView(new ArrayBuffer(PARAMS_BYTES));
  readonly #groups = new Map<string, GPUBindGroup>();
  readonly #resourceIds = new WeakMap<GPUBuffer | GPUTextureView, number>();
  readonly #layoutIds = new WeakMap<GPUBindGroupLayout, number>();
  #nextId = 0;
  #paramsUsed = 0;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #dispatches = 0;
  readonly #batch = new Set<string>();
  #lastKernels: readonly string[] = [];
  /** Set while profiling: each dispatch then gets a pass of its own. */
  profiler: Profiler | undefined;

  /** @param check Throws if the device has failed; called before every submit. */
  constructor(device: GPUDevice, check: () => void) {
    this.#device = device;
    this.#check = check;
    this.#paramsLayout = device.createBindGroupLayout({
      label: "params",
      entries: [{
        binding: 0,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true },
      }],
    });
    this.#paramsBuffer = device.createBuffer({
      label: "params",
      size: PARAMS_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.#paramsGroup = device.createBindGroup({
      label: "params",
      layout: this.#paramsLayout,
      entries: [{ binding: 0, resource: { buffer: this.#paramsBuffer, size: 256 } }],
    });
  }

  /** Layout of group 1: the kernels' parameters, at a dynamic offset. */
  get paramsLayout(): GPUBindGroupLayout {
    return this.#paramsLayout;
  }

  /** Dispatches recorded since the start; a measure of host work. */
  get dispatches(): number {
    return this.#dispatches;
  }

  /**
   * Records one dispatch.
   *
   * @throws {GpuError} naming the kernel, if a binding or parameter is missing or unknown.
   */
  dispatch(kernel: Kernel, { bind, params = {}, grid, flops }: Dispatch): void {
    requireGrid(kernel, grid);
    if (grid[0] * grid[1] * grid[2] === 0) return;
    if (Math.max(...grid) > MAX_WORKGROUPS) {
      throw new GpuError(
        `Kernel ${kernel.label} was given a grid of [${grid}] workgroups; a dimension holds at ` +
          `most ${MAX_WORKGROUPS}.`,
      );
    }
    if (this.#paramsUsed + 256 > PARAMS_BYTES || this.profiler?.full) this.flush();
    const group = this.#group(kernel, bind, params);
    const offset = this.#writeParams(kernel, params);
    const encoder = this.#encoder ??= this.#device.createCommandEncoder();
    const profiled = this.profiler?.begin(kernel.label, bind, flops ?? 0);
    if (profiled !== undefined) this.endPass();
    const pass = this.#pass ??= encoder.beginComputePass(profiled ?? { label: "flm" });
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(0, group);
    if (offset >= 0) pass.setBindGroup(1, this.#paramsGroup, [offset]);
    pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    this.#dispatches++;
    this.#batch.add(kernel.label);
    if (profiled !== undefined) this.endPass();
  }

  /** Labels of the kernels in the batch submitted last, for error messages. */
  get lastKernels(): readonly string[] {
    return this.#lastKernels;
  }

  /** Records a copy of bytes between two different buffers. @throws {GpuError} if sizes differ. */
  copy(from: BufferView, to: BufferView): void {
    if (from.byteLength !== to.byteLength) {
      throw new GpuError(`Cannot copy ${from.byteLength} bytes to ${to.byteLength} bytes.`);
    }
    this.endPass();
    const encoder = this.#encoder ??= this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(
      from.buffer,
      from.byteOffset,
      to.buffer,
      to.byteOffset,
      from.byteLength,
    );
  }

  /** Records a copy of `count` numbers (a multiple of 4) of a buffer into an image. */
  copyToImage(from: { buffer: GPUBuffer; offset: number }, image: Image, count: number): void {
    this.endPass();
    copyToImage(this.#encoder ??= this.#device.createCommandEncoder(), from, image, count);
  }

  /** Records setting a window to zero. */
  clear(view: BufferView): void {
    this.endPass();
    const encoder = this.#encoder ??= this.#device.createCommandEncoder();
    encoder.clearBuffer(view.buffer, view.byteOffset, view.byteLength);
  }

  /** Submits what was recorded. Cheap if there is nothing. */
  flush(): void {
    this.endPass();
    this.#check();
    if (this.#encoder === undefined) return;
    if (this.#paramsUsed > 0) {
      this.#device.queue.writeBuffer(
        this.#paramsBuffer,
        0,
        this.#params.buffer,
        0,
        this.#paramsUsed,
      );
    }
    this.profiler?.beforeSubmit(this.#encoder);
    this.#device.queue.submit([this.#encoder.finish()]);
    this.profiler?.afterSubmit();
    this.#encoder = undefined;
    this.#paramsUsed = 0;
    this.#lastKernels = [...this.#batch];
    this.#batch.clear();
  }

  /** Forgets the bind groups; called when a buffer or image is destroyed. */
  forgetBindGroups(): void {
    this.#groups.clear();
  }

  /** Destroys the recorder's own buffer. */
  destroy(): void {
    this.#paramsBuffer.destroy();
  }

  /** Ends the open compute pass, so that encoder-level commands may follow. */
  endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #id(map: WeakMap<object, number>, object: object): number {
    let id = map.get(object);
    if (id === undefined) map.set(object, id = this.#nextId++);
    return id;
  }

  #group(kernel: Kernel, bind: Dispatch["bind"], params: Dispatch["params"]): GPUBindGroup {
    let key = String(this.#id(this.#layoutIds, kernel.layout));
    for (const { name, image } of kernel.bindings) {
      const bound = bind[name];
      if (bound === undefined || (image !== undefined) !== bound instanceof Image) {
        // What is misspelt is both unknown and missing.
        checkNames(kernel, "binding", kernel.bindings, bind);
        throw new GpuError(
          `Kernel ${kernel.label} needs ${image ? "an image" : "a buffer"} "${name}".`,
        );
      }
      if (bound instanceof Tensor && bound.isFreed) {
        throw new GpuError(
          `Kernel ${kernel.label} was given a freed tensor as "${name}". What a gradient reads must ` +
            `be among the tensors that tape.record() saves.`,
        );
      }
      key += bound instanceof Image
        ? `,${this.#id(this.#resourceIds, bound.view)}`
        : `,${this.#id(this.#resourceIds, bound.buffer)}:${bound.byteOffset}:${bound.byteLength}`;
    }
    let group = this.#groups.get(key);
    if (group === undefined) {
      checkNames(kernel, "binding", kernel.bindings, bind);
      checkNames(kernel, "parameter", kernel.params, params ?? {});
      checkAliasing(kernel, bind);
      if (this.#groups.size >= MAX_BIND_GROUPS) this.#groups.clear();
      group = this.#device.createBindGroup({
        label: kernel.label,
        layout: kernel.layout,
        entries: kernel.bindings.map(({ name, index }) => {
          const bound = bind[name]!;
          if (bound instanceof Image) return { binding: index, resource: bound.view };
          const { buffer, byteOffset, byteLength } = bound;
          return { binding: index, resource: { buffer, offset: byteOffset, size: byteLength } };
        }),
      });
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Packs the parameters into the arena and returns their offset, or -1 if there are none. */
  #writeParams(kernel: Kernel, values: Readonly<Record<string, number>>): number {
    if (kernel.params.length === 0) return -1;
    const offset = this.#paramsUsed;
    let at = offset;
    for (const { name, type } of kernel.params) {
      const value = values[name];
      if (value === undefined) {
        checkNames(kernel, "parameter", kernel.params, values);
        throw new GpuError(`Kernel ${kernel.label} needs a parameter "${name}".`);
      }
      if (type === "f32" ? typeof value !== "number" : !Number.isInteger(value)) {
        throw new GpuError(
          `Kernel ${kernel.label}: expected ${type === "f32" ? "a number" : "a whole number"} as ` +
            `"${name}", found ${describeValue(value)}.`,
        );
      }
      if (type === "f32") this.#params.setFloat32(at, value, true);
      else if (type === "u32") this.#params.setUint32(at, value, true);
      else this.#params.setInt32(at, value, true);
      at += 4;
    }
    this.#paramsUsed = offset + alignBytes(at - offset);
    return offset;
  }
}

/** Checks that there are three whole numbers of workgroups. */
function requireGrid(kernel: Kernel, grid: readonly number[] | undefined): void {
  if (grid?.length === 3 && grid.every((count) => Number.isInteger(count) && count >= 0)) return;
  throw new GpuError(
    `Kernel ${kernel.label}: expected three numbers of workgroups as grid, found ` +
      `${describeValue(grid)}.`,
  );
}

/** Looks for what a kernel does not have. */
function checkNames(
  kernel: Kernel,
  what: string,
  known: readonly { readonly name: string }[],
  given: Readonly<Record<string, unknown>>,
): void {
  for (const name in given) {
    if (!known.some((one) => one.name === name)) {
      throw new GpuError(`Kernel ${kernel.label} has no ${what} "${name}".`);
    }
  }
}

/** WebGPU forbids a buffer that is read and written under two bindings, even in disjoint parts. */
function checkAliasing(kernel: Kernel, bind: Dispatch["bind"]): void {
  const memory = (name: string) => {
    const bound = bind[name]!;
    return bound instanceof Image ? bound.texture : bound.buffer;
  };
  for (const { name, writable } of kernel.bindings) {
    if (!writable) continue;
    const other = kernel.bindings.find((b) => !b.writable && memory(b.name) === memory(name));
    if (other !== undefined) {
      throw new GpuError(
        `Kernel ${kernel.label} was given one buffer as "${other.name}", which it reads, and as ` +
          `"${name}", which it writes.`,
      );
    }
  }
}
