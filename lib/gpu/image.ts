/**
 * Images: copies of numbers that a kernel reads as a texture of four-number texels.
 *
 * On adapters that run on a processor an image is far cheaper to read than a buffer. Mesa's
 * llvmpipe turns a buffer load inside a loop into a branch and a bounds check for each SIMD lane
 * and each component, some 250 instructions for a vec4 in all 8 lanes; a texel takes 45, without
 * a branch. Filling an image is a plain copy of memory.
 *
 * @module
 */

import { GpuError, OutOfMemoryError } from "../errors.ts";
import type { MemoryMeter } from "./pool.ts";
import type { DType } from "./tensor.ts";

/** Texels in a row of an image; kernels/include/texel.wgsl knows it too. */
export const IMAGE_WIDTH = 2048;
/** Numbers in a texel. */
const TEXEL = 4;
/** Numbers in a row. */
const ROW_NUMBERS = IMAGE_WIDTH * TEXEL;
/** Rows of an image: below WebGPU's default `maxTextureDimension2D`, for {@linkcode rowClass}. */
const MAX_ROWS = 8191;
/** The most numbers of an image. */
const MAX_IMAGE_NUMBERS = MAX_ROWS * ROW_NUMBERS;
/** The most bytes of an image of f32 numbers. */
export const MAX_IMAGE_BYTES = MAX_IMAGE_NUMBERS * 4;

/** What images hold. */
export type ImageDType = Exclude<DType, "u32">;
/** Bytes of a number, and the format of texels. */
const STORAGE = {
  f32: { bytes: 4, format: "rgba32float" },
  f16: { bytes: 2, format: "rgba16float" },
} as const;

/** Bytes of a row. */
function rowBytes(dtype: ImageDType): number {
  return ROW_NUMBERS * STORAGE[dtype].bytes;
}

/**
 * Numbers for kernels that declare a `texture_storage_2d<rgba32float, read>` (or `write`), or
 * `rgba16float` if they are f16. Number
 * 4 i + j is component j of texel (i mod 2048, ⌊i / 2048⌋). Release it, or leave a `using` scope,
 * right after recording the dispatches that read it.
 */
export class Image implements Disposable {
  /** What is bound. */
  readonly view: GPUTextureView;
  /** The texture behind it. */
  readonly texture: GPUTexture;
  /** What it holds. */
  readonly dtype: ImageDType;
  readonly #free: (image: Image) => void;

  /**
   * Wraps a texture.
   *
   * @param free Called when the image is released.
   */
  constructor(texture: GPUTexture, dtype: ImageDType, free: (image: Image) => void) {
    this.texture = texture;
    this.dtype = dtype;
    this.view = texture.createView();
    this.#free = free;
  }

  /** Bytes of the texture. */
  get byteLength(): number {
    return this.texture.height * rowBytes(this.dtype);
  }

  /** Gives the image back. */
  [Symbol.dispose](): void {
    this.#free(this);
  }
}

/** Hands out images and takes them back for reuse, as {@linkcode BufferPool} does buffers. */
export class ImagePool {
  readonly #device: GPUDevice;
  readonly #meter: MemoryMeter;
  readonly #onDestroy: () => void;
  readonly #free = { f32: new Map<number, Image[]>(), f16: new Map<number, Image[]>() };
  readonly #live = new Set<Image>();

  /**
   * @param meter Counts the bytes.
   * @param onDestroy Called when images are destroyed, so that bind groups go with them.
   */
  constructor(device: GPUDevice, meter: MemoryMeter, onDestroy: () => void) {
    this.#device = device;
    this.#meter = meter;
    this.#onDestroy = onDestroy;
  }

  /**
   * An image of at least `count` numbers, of unspecified content.
   *
   * @throws {OutOfMemoryError} if it would be larger than {@linkcode MAX_IMAGE_BYTES} if they are
   * f32.
   */
  acquire(count: number, dtype: ImageDType): Image {
    if (count > MAX_IMAGE_NUMBERS) {
      throw new OutOfMemoryError(
        `An image of ${count} numbers was asked for; it may have ${MAX_IMAGE_NUMBERS}. ` +
          "Use a smaller batch, length or model.",
      );
    }
    const rows = rowClass(Math.ceil(count / ROW_NUMBERS));
    const image = this.#free[dtype].get(rows)?.pop() ?? this.#create(rows, dtype);
    this.#live.add(image);
    this.#meter.use(image.byteLength);
    return image;
  }

  /** Destroys the images kept for reuse. */
  trim(): void {
    for (const free of Object.values(this.#free)) {
      for (const images of free.values()) images.forEach((image) => this.#destroy(image));
      free.clear();
    }
  }

  /** Destroys every image, in use or not. */
  destroy(): void {
    this.trim();
    for (const image of this.#live) this.#destroy(image);
    this.#live.clear();
  }

  #create(rows: number, dtype: ImageDType): Image {
    const texture = this.#device.createTexture({
      label: `image ${rows}`,
      size: [IMAGE_WIDTH, rows],
      format: STORAGE[dtype].format,
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
    });
    const image = new Image(texture, dtype, (image) => this.#release(image));
    this.#meter.reserve(image.byteLength);
    return image;
  }

  #release(image: Image): void {
    if (!this.#live.delete(image)) throw new GpuError("An image was released twice.");
    this.#meter.use(-image.byteLength);
    const rows = image.texture.height;
    const free = this.#free[image.dtype].get(rows);
    if (free === undefined) this.#free[image.dtype].set(rows, [image]);
    else free.push(image);
  }

  #destroy(image: Image): void {
    this.#meter.reserve(-image.byteLength);
    this.#onDestroy();
    image.texture.destroy();
  }
}

/**
 * Rows rounded up to one of few sizes, for much reuse: 3 · 2^k, or one more than a power of two.
 * None is a power of two, since llvmpipe compiles a kernel anew for images of which others are.
 */
function rowClass(rows: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(rows, 2)));
  const rounded = power >= 4 && rows <= power * 0.75 ? power * 0.75 : power + 1;
  return Math.min(rounded, MAX_ROWS);
}

/** Records the copy of `count` numbers (a multiple of 4) of a buffer into an image, row by row. */
export function copyToImage(
  encoder: GPUCommandEncoder,
  from: { buffer: GPUBuffer; offset: number },
  image: Image,
  count: number,
): void {
  const { texture, dtype } = image;
  const rows = Math.floor(count / ROW_NUMBERS);
  const rest = (count - rows * ROW_NUMBERS) / TEXEL;
  const layout = { buffer: from.buffer, bytesPerRow: rowBytes(dtype) };
  if (rows > 0) {
    encoder.copyBufferToTexture({ ...layout, offset: from.offset }, { texture }, [
      IMAGE_WIDTH,
      rows,
    ]);
  }
  if (rest > 0) {
    encoder.copyBufferToTexture(
      { ...layout, offset: from.offset + rows * rowBytes(dtype) },
      { texture, origin: [0, rows] },
      [rest, 1],
    );
  }
}
