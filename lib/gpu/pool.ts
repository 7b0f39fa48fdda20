/**
 * GPU buffers are invisible to the garbage collector, so flm pools them: a
 * released buffer is handed out again for the next request of its size class.
 * The queue runs commands in order, so a buffer may be reused by commands
 * recorded after its release while earlier ones are still to run.
 *
 * @module
 */

import { GpuError, OutOfMemoryError } from "../errors.ts";
import { alignBytes } from "./limits.ts";

/** Bytes held by the pools of a device. */
export interface PoolReport {
  /** Bytes of buffers and images handed out and not yet released. */
  inUse: number;
  /** The most that `inUse` has been since the last {@linkcode MemoryMeter.resetPeak}. */
  peak: number;
  /** Bytes of all buffers and images that exist, in use or kept for reuse. */
  reserved: number;
}

/** Counts the bytes of all pools of a device. */
export class MemoryMeter {
  #inUse = 0;
  #peak = 0;
  #reserved = 0;

  /** Counts bytes handed out, or taken back if negative. */
  use(bytes: number): void {
    this.#inUse += bytes;
    this.#peak = Math.max(this.#peak, this.#inUse);
  }

  /** Counts bytes made, or destroyed if negative. */
  reserve(bytes: number): void {
    this.#reserved += bytes;
  }

  /** The counts. */
  report(): PoolReport {
    return { inUse: this.#inUse, peak: this.#peak, reserved: this.#reserved };
  }

  /** Starts a new measurement of the peak. */
  resetPeak(): void {
    this.#peak = this.#inUse;
  }
}

/** Hands out storage buffers and takes them back for reuse. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #maxBytes: number;
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #live = new Set<GPUBuffer>();
  readonly #meter: MemoryMeter;
  readonly #onDestroy: () => void;

  /**
   * @param maxBytes The largest buffer that may be made.
   * @param meter Counts the bytes.
   * @param onDestroy Called for each buffer that is destroyed, so that bind groups go with it.
   */
  constructor(device: GPUDevice, maxBytes: number, meter: MemoryMeter, onDestroy: () => void) {
    this.#device = device;
    this.#maxBytes = maxBytes;
    this.#meter = meter;
    this.#onDestroy = onDestroy;
  }

  /**
   * A buffer of at least `bytes`, with unspecified content.
   *
   * @throws {OutOfMemoryError} if it would be larger than a binding may be.
   */
  acquire(bytes: number): GPUBuffer {
    const size = Math.min(sizeClass(bytes), Math.max(this.#maxBytes, alignBytes(bytes)));
    if (size > this.#maxBytes) {
      throw new OutOfMemoryError(
        `A buffer of ${size} bytes was asked for, but this adapter binds at most ` +
          `${this.#maxBytes} bytes at once. Use a smaller batch, length or model.`,
      );
    }
    const buffer = this.#free.get(size)?.pop() ?? this.#create(size);
    this.#live.add(buffer);
    this.#meter.use(size);
    return buffer;
  }

  /** Takes a buffer back. @throws {GpuError} if it is not in use. */
  release(buffer: GPUBuffer): void {
    if (!this.#live.delete(buffer)) throw new GpuError("A buffer was released twice.");
    this.#meter.use(-buffer.size);
    const free = this.#free.get(buffer.size);
    if (free === undefined) this.#free.set(buffer.size, [buffer]);
    else free.push(buffer);
  }

  /** Destroys the buffers kept for reuse. */
  trim(): void {
    for (const buffers of this.#free.values()) {
      for (const buffer of buffers) this.#destroy(buffer);
    }
    this.#free.clear();
  }

  /** Destroys every buffer, in use or not. */
  destroy(): void {
    this.trim();
    for (const buffer of this.#live) this.#destroy(buffer);
    this.#live.clear();
  }

  #create(size: number): GPUBuffer {
    const buffer = this.#device.createBuffer({
      label: `pool ${size}`,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    this.#meter.reserve(size);
    return buffer;
  }

  #destroy(buffer: GPUBuffer): void {
    this.#meter.reserve(-buffer.size);
    this.#onDestroy();
    buffer.destroy();
  }
}

/**
 * The size of the buffer that so many bytes get: rounded up to one of eight steps per power of two,
 * so that at most an eighth is wasted.
 */
export function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1))) - 3);
  return alignBytes(Math.ceil(Math.max(bytes, 4) / step) * step);
}
