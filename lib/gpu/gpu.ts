/**
 * The GPU as the rest of flm sees it: a device with the adapter's largest
 * limits, a buffer pool, kernels, and a recorder, with errors that name what
 * went wrong.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { nextTurn } from "../system/next_turn.ts";
import { type AdapterKind, adapterKindOf, adapterNameOf, requestDevice } from "./adapter.ts";
import { type Backend, type BackendName, backendOf } from "./backend.ts";
import { DeviceFailure } from "./failure.ts";
import { type Image, type ImageDType, ImagePool, MAX_IMAGE_BYTES } from "./image.ts";
import { KernelCache } from "./kernel.ts";
import type {
  BindingsOf,
  ConstantsOf,
  KernelCall,
  KernelRef,
  Only,
  ParamsOf,
} from "./kernel_call.ts";
import { type MatrixUnits, matrixUnitsOf } from "./matrix_units.ts";
import { BufferPool, MemoryMeter, type PoolReport } from "./pool.ts";
import { Profiler, type ProfileRow } from "./profiler.ts";
import { readPieces } from "./readback.ts";
import { Recorder } from "./recorder.ts";
import { storageConstant } from "./template.ts";
import { type BufferView, bytesOf, type DType, requireAlive, sizeOf, Tensor } from "./tensor.ts";

/**
 * Options of {@linkcode Gpu.open}.
 *
 * @example See the kernels that are compiled
 * ```ts
 * import { Gpu, type GpuOptions } from "@flm/flm";
 *
 * const options: GpuOptions = { dumpWgsl: (label, code) => console.log(label, code.length) };
 * using gpu = await Gpu.open(options);
 * console.log(gpu.kind);
 * ```
 */
export interface GpuOptions {
  /** The way to the device: FLM_BACKEND of the environment unless given, else `builtin`. */
  backend?: BackendName | null;
  /** Pretend that a binding holds at most so many bytes (tests of windows and chunks). */
  maxBindingBytes?: number;
  /** Use the kernels for this kind of adapter, whatever the adapter is (tests of variants). */
  kind?: AdapterKind;
  /** Receives each kernel's label and expanded WGSL. */
  dumpWgsl?: (label: string, code: string) => void;
}

/**
 * A WebGPU device with everything that flm keeps beside it.
 *
 * @example Upload numbers and read them back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Gpu } from "@flm/flm";
 *
 * using gpu = await Gpu.open();
 * using x = gpu.tensor(Float32Array.of(1, 2, 3));
 * assertEquals([...await gpu.read(x)], [1, 2, 3]);
 * ```
 */
export class Gpu implements Disposable {
  /** The device, for what this class does not cover. */
  readonly device: GPUDevice;
  /** The adapter's name, such as `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  readonly adapterName: string;
  /** The way to it. */
  readonly backend: BackendName;
  /** Whether the adapter is a processor or a graphics card. */
  readonly kind: AdapterKind;
  /** Its matrix units, if it has any that kernels can use. */
  readonly matrixUnits: MatrixUnits | undefined;
  /** The most bytes a storage binding, and so a buffer of flm, may have. */
  readonly maxBindingBytes: number;
  readonly #meter = new MemoryMeter();
  readonly #pool: BufferPool;
  readonly #images: ImagePool;
  readonly #kernels: KernelCache;
  readonly #recorder: Recorder;
  readonly #backend: Backend;
  readonly #failure: DeviceFailure;
  readonly #refused = new Set<string>();

  private constructor(
    backend: Backend,
    adapter: GPUAdapter,
    device: GPUDevice,
    options: GpuOptions,
  ) {
    this.device = device;
    this.backend = backend.name;
    this.#backend = backend;
    this.adapterName = adapterNameOf(adapter);
    this.matrixUnits = matrixUnitsOf(adapter.info, device.features);
    this.kind = options.kind ?? adapterKindOf(adapter);
    this.maxBindingBytes = Math.min(
      options.maxBindingBytes ?? Infinity,
      device.limits.maxStorageBufferBindingSize,
      device.limits.maxBufferSize,
      // What a processor multiplies is copied into an image.
      this.kind === "cpu" ? MAX_IMAGE_BYTES : Infinity,
    );
    this.#failure = new DeviceFailure(
      device,
      () => this.memory().reserved,
      () => this.#recorder.lastKernels,
    );
    this.#recorder = new Recorder(device, () => this.check());
    const forget = () => this.#recorder.forgetBindGroups();
    this.#pool = new BufferPool(device, this.maxBindingBytes, this.#meter, forget);
    this.#images = new ImagePool(device, this.#meter, forget);
    this.#kernels = new KernelCache(device, this.#recorder.paramsLayout, options.dumpWgsl);
  }

  /**
   * Opens the machine's preferred adapter with its largest limits.
   *
   * @throws {GpuError} if there is no adapter, saying what to install, it gives no device, or the
   * backend cannot be had.
   * @throws {ConfigError} if there is no such backend.
   */
  static async open(options: GpuOptions = {}): Promise<Gpu> {
    const backend = backendOf(options.backend);
    const adapter = await backend.requestAdapter();
    return new Gpu(backend, adapter, await requestDevice(adapter), options);
  }

  /** Takes over a device that was opened elsewhere. */
  static over(adapter: GPUAdapter, device: GPUDevice, options: GpuOptions = {}): Gpu {
    return new Gpu(backendOf("builtin"), adapter, device, options);
  }

  /** A line for logs: adapter, backend if it is not the usual one, kind and limits. */
  get description(): string {
    const { title } = this.#backend;
    const way = title === null ? "" : ` through ${title}`;
    return `${this.adapterName}${way} (${this.kind}, bindings up to ${
      Math.floor(this.maxBindingBytes / (1 << 20))
    } MiB)`;
  }

  /** Throws the first error that the device reported, if any. @throws {GpuError} */
  check(): void {
    this.#failure.check();
  }

  /**
   * Records a dispatch of kernels/`kernel`.wgsl, or of a kernel of one's own (`defineKernel`),
   * compiled with the given template constants. Constants, bindings and parameters are known by
   * their names in the kernel; those that it has for some values of its constants only are
   * optional.
   *
   * @throws {GpuError} naming the kernel, if a binding or parameter is missing or unknown.
   */
  run<
    K extends KernelRef,
    Constants extends ConstantsOf<K>,
    Bindings extends BindingsOf<K>,
    Params extends ParamsOf<K>,
  >(
    kernel: K,
    constants: Only<Constants, ConstantsOf<K>>,
    call: KernelCall<K, Bindings, Params>,
  ): void {
    const storage = storageConstants(call.bind);
    const all = storage === undefined ? constants : { ...constants, ...storage };
    this.#recorder.dispatch(this.#kernels.get(kernel, all), call);
  }

  /** Its matrix units. @throws {GpuError} if it has none. */
  requireMatrixUnits(): MatrixUnits {
    if (this.matrixUnits !== undefined) return this.matrixUnits;
    throw new GpuError(`The adapter ${this.adapterName} has no matrix units that can be used.`);
  }

  /** Does without a variant of a kernel from now on: it gave wrong numbers. */
  refuse(variant: string): void {
    this.#refused.add(variant);
  }

  /** The variants of kernels that are not to be used here. */
  get refused(): readonly string[] {
    return [...this.#refused].sort();
  }

  /** Whether a variant of a kernel is not to be used here. */
  isRefused(variant: string): boolean {
    return this.#refused.has(variant);
  }

  /** Whether tensors of f16 numbers can be made. */
  get hasF16(): boolean {
    return this.device.features.has("shader-f16");
  }

  /**
   * Records a copy between two windows of different buffers.
   *
   * @throws {GpuError} if they have different sizes, or one is a tensor that was freed.
   */
  copy(from: BufferView, to: BufferView): void {
    requireAlive(from);
    requireAlive(to);
    this.#recorder.copy(from, to);
  }

  /** Records setting a window to zero. */
  clear(view: BufferView): void {
    requireAlive(view);
    this.#recorder.clear(view);
  }

  /** Submits what was recorded. @throws {GpuError} if the device has failed. */
  flush(): void {
    this.#recorder.flush();
  }

  /** Dispatches recorded since the device was opened. */
  get dispatches(): number {
    return this.#recorder.dispatches;
  }

  /**
   * A tensor with unspecified content.
   *
   * @throws {GpuError} if it exceeds a binding, the shape is none, or the adapter has no f16.
   */
  empty(shape: readonly number[], dtype: DType = "f32"): Tensor {
    if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0)) {
      throw new GpuError(`A tensor has whole numbers as its shape, and none below 0: [${shape}].`);
    }
    if (dtype === "f16" && !this.hasF16) {
      throw new GpuError(
        `The adapter ${this.adapterName} has no numbers of 16 bits (shader-f16): use f32.`,
      );
    }
    const buffer = this.#pool.acquire(bytesOf(sizeOf(shape), dtype));
    return new Tensor(buffer, 0, shape, dtype, () => this.#pool.release(buffer));
  }

  /** A tensor of zeros. */
  zeros(shape: readonly number[], dtype: DType = "f32"): Tensor {
    const tensor = this.empty(shape, dtype);
    this.clear(tensor);
    return tensor;
  }

  /** A tensor with the given content; numbers are rounded if it is to hold f16. */
  tensor(
    data: Float32Array | Float16Array | Uint32Array,
    shape: readonly number[] = [data.length],
    dtype: DType = dtypeOf(data),
  ): Tensor {
    const tensor = this.empty(shape, dtype);
    this.write(tensor, data);
    return tensor;
  }

  /** An image of `count` numbers, of unspecified content. @throws {GpuError} if it is too large. */
  emptyImage(count: number, dtype: ImageDType = "f32"): Image {
    return this.#images.acquire(count, dtype);
  }

  /**
   * Records a copy of `count` numbers of a window, from number `start` on, into an image.
   *
   * @throws {GpuError} if `start` or `count` is no multiple of 4 or the window is smaller.
   */
  image(view: BufferView, start: number, count: number): Image {
    const dtype = view.dtype === "f16" ? "f16" : "f32";
    const offset = bytesOf(start, dtype);
    if (start % 4 !== 0 || count % 4 !== 0 || offset + bytesOf(count, dtype) > view.byteLength) {
      throw new GpuError(
        `Cannot make an image of ${count} numbers from number ${start} on of a tensor of ` +
          `${view.byteLength} bytes: both must be multiples of 4 and within the tensor.`,
      );
    }
    const image = this.#images.acquire(count, dtype);
    this.#recorder.copyToImage(
      { buffer: view.buffer, offset: view.byteOffset + offset },
      image,
      count,
    );
    return image;
  }

  /**
   * Uploads `data` into a window, after everything recorded so far; f32 numbers are rounded if the
   * window holds f16.
   *
   * @throws {GpuError} if the sizes differ, or the tensor was freed.
   */
  write(view: BufferView, data: Float32Array | Float16Array | Uint32Array): void {
    requireAlive(view);
    const dtype = dtypeOf(data);
    if (dtype === "f16" && view.dtype !== "f16") {
      throw new GpuError(`Cannot write f16 numbers into a tensor of ${view.dtype ?? "f32"}.`);
    }
    const bytes = bytesOf(data.length, view.dtype);
    if (bytes !== view.byteLength) {
      throw new GpuError(
        `Cannot write ${bytes} bytes into a tensor of ${view.byteLength} bytes.`,
      );
    }
    this.#recorder.flush();
    // Deno's device ends the program when it is given nothing.
    if (data.byteLength === 0) return;
    const stored = view.dtype === "f16" ? halvesOf(data) : data;
    this.device.queue.writeBuffer(
      view.buffer,
      view.byteOffset,
      stored.buffer as ArrayBuffer,
      stored.byteOffset,
      stored.byteLength,
    );
  }

  /**
   * Reads a window back. It waits until the whole queue has drained, so read late and in bulk.
   *
   * @throws {GpuError} if the device has failed.
   */
  async readBytes(view: BufferView): Promise<Uint8Array<ArrayBuffer>> {
    const result = new Uint8Array(view.byteLength);
    let done = 0;
    for await (const piece of this.readPieces([view])) {
      result.set(piece, done);
      done += piece.length;
    }
    return result;
  }

  /**
   * Reads windows back in bulk: the bytes of one after the other, in pieces that belong to one
   * window each. Many windows share a wait, and no more than `maxBytes` are on the host.
   *
   * @param maxBytes A multiple of 4.
   * @throws {GpuError} if the device has failed.
   */
  readPieces(
    views: Iterable<BufferView>,
    maxBytes?: number,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    const options = {
      device: this.device,
      flush: () => this.flush(),
      settle: (work: Promise<unknown>) => this.#settle(work),
    };
    return readPieces(options, views, maxBytes);
  }

  /** Reads a tensor of `f32` or `f16` numbers back; see {@linkcode readBytes}. */
  async read(view: BufferView): Promise<Float32Array<ArrayBuffer>> {
    const { buffer } = await this.readBytes(view);
    if (view.dtype !== "f16") return new Float32Array(buffer);
    const halves = new Float16Array(buffer);
    return new Float32Array(view instanceof Tensor ? halves.subarray(0, view.size) : halves);
  }

  /** Reads a `u32` tensor back; see {@linkcode readBytes}. */
  async readU32(view: BufferView): Promise<Uint32Array<ArrayBuffer>> {
    return new Uint32Array((await this.readBytes(view)).buffer);
  }

  /** Waits until all work has finished. @throws {GpuError} if any of it failed. */
  async finish(): Promise<void> {
    this.#recorder.flush();
    await this.#settle(this.device.queue.onSubmittedWorkDone());
  }

  /** Waits for the device, or its loss, and for the errors that it had to report. */
  async #settle(work: Promise<unknown>): Promise<void> {
    const ended = Promise.race([work, this.device.lost]);
    const failure = await this.#backend.wait(ended).then(() => undefined, String);
    // Errors arrive as events, on a later turn of the event loop.
    await nextTurn();
    if (failure !== undefined) this.#failure.set(new GpuError(`The GPU failed: ${failure}`));
    this.check();
  }

  /** Bytes in use by tensors and images, their peak, and bytes reserved. */
  memory(): PoolReport {
    return this.#meter.report();
  }

  /** Starts a new measurement of peak memory. */
  resetPeak(): void {
    this.#meter.resetPeak();
  }

  /** Destroys pooled buffers and images that are not in use. */
  trim(): void {
    this.#recorder.flush();
    this.#pool.trim();
    this.#images.trim();
  }

  /** Times every dispatch from now on. */
  startProfile(): void {
    this.#recorder.flush();
    this.#recorder.profiler = new Profiler(this.device);
  }

  /** Ends profiling and gives the totals, slowest kernel first. */
  async endProfile(): Promise<ProfileRow[]> {
    const profiler = this.#recorder.profiler;
    if (profiler === undefined) return [];
    await this.finish();
    const rows = await profiler.collect();
    this.#recorder.profiler = undefined;
    profiler.destroy();
    return rows;
  }

  /** Frees everything. */
  [Symbol.dispose](): void {
    this.#failure.close();
    this.#pool.destroy();
    this.#images.destroy();
    this.#recorder.destroy();
    this.device.destroy();
  }
}

/** What an array holds. @throws {GpuError} if it is none that can be uploaded. */
function dtypeOf(data: unknown): DType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Uint32Array) return "u32";
  if (data instanceof Float16Array) return "f16";
  throw new GpuError(
    "Expected a Float32Array, a Float16Array or a Uint32Array to upload, found " +
      `${describeValue(data)}.`,
  );
}

/** Numbers as f16, and one more if they are odd in number. */
function halvesOf(data: Float32Array | Float16Array | Uint32Array): Float16Array {
  if (data instanceof Float16Array && data.length % 2 === 0) return data;
  const halves = new Float16Array(Math.ceil(data.length / 2) * 2);
  halves.set(data);
  return halves;
}

/** The constants that follow from what is bound, if there are any. */
function storageConstants(
  bind: Readonly<Record<string, { readonly dtype?: DType | undefined }>>,
): Record<string, number> | undefined {
  let constants: Record<string, number> | undefined;
  for (const name in bind) {
    if (bind[name]!.dtype === "f16") (constants ??= {})[storageConstant(name)] = 1;
  }
  return constants;
}
