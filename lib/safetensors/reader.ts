/**
 * Reading safetensors files whole, in part or in pieces.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import { describeKey } from "../schema/field.ts";
import { CONTENT_HEAD } from "../system/content.ts";
import type { ArrayKind, ArrayKinds } from "./dtype.ts";
import { openByteSource } from "../io/open_source.ts";
import {
  LENGTH_BYTES,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
  type TensorInfo,
} from "./header.ts";
import { readElements } from "./read_elements.ts";
import { type TensorFile, tensorInfo } from "./tensor_file.ts";

/** A run of a tensor's elements in row-major order. */
export interface TensorPiece<K extends ArrayKind> {
  /** The index of its first element. */
  readonly start: number;
  /** The elements. */
  readonly values: ArrayKinds[K];
}

/**
 * An open safetensors file. Only its header is in memory; tensors are read on
 * demand, so that a tensor need never be there whole.
 *
 * @example
 * ```ts ignore
 * using file = await SafetensorsFile.open("runs/demo/checkpoints/100/ema.safetensors");
 * const { shape } = file.info("output_layer.linear.weight");
 * const bias = await file.read("output_layer.linear.bias");
 * ```
 */
export class SafetensorsFile implements TensorFile, Disposable {
  readonly #source: ByteSource;
  readonly #header: SafetensorsHeader;

  private constructor(source: ByteSource, header: SafetensorsHeader) {
    this.#source = source;
    this.#header = header;
  }

  /**
   * Opens a path, an `http(s):` or `file:` URL or a source of bytes, and checks
   * the header. The file takes over a source and closes it.
   *
   * @throws {CheckpointError} if there is no such file or it is damaged.
   */
  static async open(location: string | URL | ByteSource): Promise<SafetensorsFile> {
    const source = typeof location === "string" || location instanceof URL
      ? await openByteSource(location, CheckpointError)
      : location;
    try {
      if (source.size < LENGTH_BYTES) {
        throw new CheckpointError(
          `Cannot read ${source.name}: it has only ${source.size} bytes, so it is truncated ` +
            `or not a safetensors file`,
        );
      }
      const head = new Uint8Array(Math.min(CONTENT_HEAD, source.size));
      await source.read(0, head);
      const json = new Uint8Array(parseHeaderLength(source.name, head, source.size));
      await source.read(LENGTH_BYTES, json);
      return new SafetensorsFile(source, parseHeader(source.name, json, source.size));
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /** The path or address of the file. */
  get name(): string {
    return this.#source.name;
  }

  /** The tensors by name, in the order of their bytes. */
  get tensors(): ReadonlyMap<string, TensorInfo> {
    return this.#header.tensors;
  }

  /** Free text pairs, such as `format: "pt"`. */
  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  /**
   * What the file knows of a tensor.
   *
   * @param shape The shape it must have, if given.
   * @throws {CheckpointError} if there is no such tensor or its shape is another.
   */
  info(name: string, shape?: readonly number[]): TensorInfo {
    return tensorInfo(this.name, this.tensors, name, shape);
  }

  /**
   * Reads a whole tensor, as float32 unless told otherwise.
   *
   * @throws {CheckpointError} if there is no such tensor, its type does not fit
   * or its bytes cannot be read.
   */
  read<K extends ArrayKind = "f32">(name: string, kind?: K): Promise<ArrayKinds[K]> {
    return this.readRange(name, 0, this.info(name).numElements, kind);
  }

  /**
   * Reads `count` rows from `first` on: a row is one index of the first axis.
   *
   * @throws {CheckpointError} as {@linkcode read}, and if there are no such rows.
   */
  readRows<K extends ArrayKind = "f32">(
    name: string,
    first: number,
    count: number,
    kind?: K,
  ): Promise<ArrayKinds[K]> {
    const rowLength = this.info(name).shape.slice(1).reduce((product, n) => product * n, 1);
    return this.readRange(name, first * rowLength, count * rowLength, kind);
  }

  /**
   * Reads `count` elements from index `start` on, in row-major order.
   *
   * @throws {CheckpointError} as {@linkcode read}, and if there are no such elements.
   */
  async readRange<K extends ArrayKind = "f32">(
    name: string,
    start: number,
    count: number,
    kind: K = "f32" as K,
  ): Promise<ArrayKinds[K]> {
    const info = this.info(name);
    const fail = (reason: string, cause?: unknown) =>
      new CheckpointError(`Cannot read tensor ${describeKey(name)} of ${this.name}: ${reason}`, {
        cause,
      });
    return await readElements(
      info,
      { start, count, kind, fail },
      (byteOffset, target) => this.#source.read(info.byteOffset + byteOffset, target),
    );
  }

  /**
   * Reads a tensor in pieces of at most `maxElements` elements, in order.
   *
   * @throws {CheckpointError} as {@linkcode read}.
   * @throws {RangeError} if `maxElements` is not an integer of at least 1.
   */
  async *pieces<K extends ArrayKind = "f32">(
    name: string,
    maxElements: number,
    kind?: K,
  ): AsyncIterable<TensorPiece<K>> {
    if (!Number.isSafeInteger(maxElements) || maxElements < 1) {
      throw new RangeError(`Cannot read pieces of ${maxElements} elements: expected 1 or more`);
    }
    const { numElements } = this.info(name);
    for (let start = 0; start < numElements; start += maxElements) {
      const count = Math.min(maxElements, numElements - start);
      yield { start, values: await this.readRange(name, start, count, kind) };
    }
  }

  /**
   * Fills `target` with a tensor's own bytes from `byteOffset` on, undecoded.
   *
   * @throws {CheckpointError} if there is no such tensor or it has no such bytes.
   */
  async readBytes(name: string, byteOffset: number, target: Uint8Array): Promise<void> {
    const info = this.info(name);
    if (!(byteOffset >= 0 && byteOffset + target.length <= info.byteLength)) {
      throw new CheckpointError(
        `Cannot read tensor ${describeKey(name)} of ${this.name}: bytes ${byteOffset} to ` +
          `${byteOffset + target.length} were asked for, it has ${info.byteLength}`,
      );
    }
    await this.#source.read(info.byteOffset + byteOffset, target);
  }

  /** Closes the file. */
  close(): void {
    this.#source.close();
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
