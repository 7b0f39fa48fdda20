/**
 * A device on which nothing is computed and no memory is taken: buffers are counted, commands
 * forgotten, uploads dropped, and what is read back is zeros. What runs on it takes, by the counts
 * of its pools, what it would take on a device with the same limits; so it can be told beforehand.
 *
 * @module
 */

import { OutOfMemoryError } from "../errors.ts";
import type { AdapterKind } from "./adapter.ts";
import { Gpu } from "./gpu.ts";

/** The device that {@linkcode openDryGpu} pretends to have. */
export interface DryGpuOptions {
  /** The most bytes of a binding; 2 GiB − 1, as graphics cards have in Deno, unless told. */
  maxBindingBytes?: number | undefined;
  /** What adapter it is, which chooses the kernels; a graphics card unless told. */
  kind?: AdapterKind | undefined;
  /** Its memory: beyond so many bytes of buffers there are no more; without end unless told. */
  memoryBytes?: number | undefined;
}

/** The most that wgpu, and so Deno, binds on any adapter. */
const MAX_BINDING_BYTES = 2 ** 31 - 1;

/**
 * Opens a dry device. It needs no adapter. Where its memory ends, what asks for more throws an
 * {@linkcode OutOfMemoryError} at once.
 */
export function openDryGpu(
  { maxBindingBytes = MAX_BINDING_BYTES, kind = "gpu", memoryBytes = Infinity }: DryGpuOptions = {},
): Gpu {
  const limits = {
    maxBufferSize: Number.MAX_SAFE_INTEGER,
    maxStorageBufferBindingSize: maxBindingBytes,
  };
  const features = new Set(["shader-f16"]);
  const adapter = {
    info: { description: "dry run", vendor: "", architecture: "", isFallbackAdapter: false },
    features,
    limits,
  };
  // These have what lib/gpu/ asks for, and nothing else.
  return Gpu.over(
    adapter as unknown as GPUAdapter,
    new DryDevice(limits, features, memoryBytes) as unknown as GPUDevice,
    { kind },
  );
}

const nothing = (): void => {};
const soon = (): Promise<void> => Promise.resolve();
/** An object of its own, as bind groups are told apart by theirs. */
const thing = (): object => ({});

const PASS = {
  setPipeline: nothing,
  setBindGroup: nothing,
  dispatchWorkgroups: nothing,
  end: nothing,
};

const ENCODER = {
  beginComputePass: () => PASS,
  copyBufferToBuffer: nothing,
  copyBufferToTexture: nothing,
  clearBuffer: nothing,
  finish: thing,
};

/** The part of a `GPUDevice` that lib/gpu/ uses. */
class DryDevice {
  readonly limits: object;
  readonly features: ReadonlySet<string>;
  readonly lost = new Promise<never>(nothing);
  readonly queue = { writeBuffer: nothing, submit: nothing, onSubmittedWorkDone: soon };
  readonly addEventListener = nothing;
  readonly destroy = nothing;
  readonly createBindGroup = thing;
  readonly createBindGroupLayout = thing;
  readonly createPipelineLayout = thing;
  readonly createShaderModule = thing;
  readonly createComputePipeline = thing;

  /** Bytes of memory that are left. */
  #left: number;

  constructor(limits: object, features: ReadonlySet<string>, memoryBytes: number) {
    this.limits = limits;
    this.features = features;
    this.#left = memoryBytes;
  }

  createBuffer({ size }: { size: number }): object {
    return {
      size,
      destroy: this.#take(size),
      mapAsync: soon,
      getMappedRange: () => new ArrayBuffer(size),
    };
  }

  createTexture(
    { size: [width, height], format }: { size: readonly [number, number]; format: string },
  ): object {
    // Of four numbers a texel.
    const texelBytes = format === "rgba16float" ? 8 : 16;
    return { width, height, createView: thing, destroy: this.#take(texelBytes * width * height) };
  }

  createCommandEncoder(): object {
    return ENCODER;
  }

  /** Takes memory, and gives what gives it back. */
  #take(bytes: number): () => void {
    if (bytes > this.#left) {
      throw new OutOfMemoryError(`There is no memory left for a buffer of ${bytes} bytes.`);
    }
    this.#left -= bytes;
    return () => void (this.#left += bytes);
  }
}
