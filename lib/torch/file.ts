/**
 * Reading files of torch.save, such as checkpoints of PyTorch Lightning: a zip file with a pickle,
 * of which nothing is ever executed, and with the numbers of the tensors that it names.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import { openByteSource } from "../io/open_source.ts";
import { BRIEF } from "../net/retry_policy.ts";
import { readPickle } from "../pickle/reader.ts";
import type { ArrayKind, ArrayKinds } from "../safetensors/dtype.ts";
import { elementSize } from "../safetensors/dtype.ts";
import type { LocatedTensor } from "../safetensors/header.ts";
import { readElements } from "../safetensors/read_elements.ts";
import { type TensorFile, tensorInfo } from "../safetensors/tensor_file.ts";
import { describeKey } from "../schema/field.ts";
import { openArchive } from "./archive.ts";
import { gather } from "./gather.ts";
import { TensorBuilder } from "./rebuild.ts";
import { StorageReader, type StorageSizes } from "./storage_reader.ts";
import type { TorchTensor } from "./tensor.ts";

/** Elements of a view that shows some many times: more than its storage has, up to here. */
const MAX_REPEATED = 2 ** 26;

/**
 * An open file of torch.save. Its pickle is in memory; tensors are read on demand.
 *
 * @example
 * ```ts ignore
 * using file = await TorchFile.open("last.ckpt");
 * const saved = file.value as Map<string, unknown>;
 * const weights = requireTensors(file, "state_dict", saved.get("state_dict"));
 * const values = await file.read(weights.get("backbone.output_layer.linear.bias")!);
 * ```
 */
export class TorchFile implements Disposable {
  readonly #source: ByteSource;
  readonly #storages: StorageReader;
  /**
   * What was saved: values as in `lib/pickle/values.ts`, with a {@linkcode TorchTensor} for each
   * tensor. Tensors that are not read here, such as sparse ones, are a PickleObject like all else.
   */
  readonly value: unknown;

  private constructor(source: ByteSource, storages: StorageReader, value: unknown) {
    this.#source = source;
    this.#storages = storages;
    this.value = value;
  }

  /**
   * Opens a path, an `http(s):` or `file:` URL or a source of bytes, reads its pickle, and checks
   * that all tensors lie within their storages. The file takes over a source and closes it.
   *
   * @param sizes How storages are read.
   * @throws {CheckpointError} if there is no such file, it is damaged or something else.
   */
  static async open(
    location: string | URL | ByteSource,
    sizes?: StorageSizes,
  ): Promise<TorchFile> {
    const source = typeof location === "string" || location instanceof URL
      ? await openByteSource(location, CheckpointError, { retry: BRIEF })
      : location;
    try {
      const { zip, root, pickle } = await openArchive(source);
      const builder = new TensorBuilder(source.name, zip.entries, root);
      const value = readPickle(pickle, {
        name: `the pickle of ${source.name}`,
        errorClass: CheckpointError,
        construct: (callable, args) => builder.construct(callable, args),
        persistent: (id) => builder.storage(id),
      });
      return new TorchFile(source, new StorageReader(source, zip, sizes), value);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /** The path or address of the file. */
  get name(): string {
    return this.#source.name;
  }

  /**
   * Reads a whole tensor, as float32 unless told otherwise.
   *
   * @throws {CheckpointError} as {@linkcode readRange}.
   */
  read<K extends ArrayKind = "f32">(tensor: TorchTensor, kind?: K): Promise<ArrayKinds[K]> {
    return this.readRange(tensor, 0, tensor.numElements, kind);
  }

  /**
   * Reads `count` elements of a tensor of this file from index `start` on, in row-major order.
   *
   * @param name What messages call the tensor.
   * @throws {CheckpointError} if there are no such elements, their type does not fit, or they
   * cannot be read. If the storage is damaged, some read of the tensor's elements fails.
   */
  readRange<K extends ArrayKind = "f32">(
    tensor: TorchTensor,
    start: number,
    count: number,
    kind: K = "f32" as K,
    name = `of storage ${tensor.storage.key}`,
  ): Promise<ArrayKinds[K]> {
    const fail = (reason: string, cause?: unknown) =>
      new CheckpointError(`Cannot read tensor ${name} of ${this.name}: ${reason}`, { cause });
    const size = elementSize(tensor.dtype);
    const { storage: { entry }, offset, numElements } = tensor;
    const length = entry.size / size;
    if (numElements > length && numElements > MAX_REPEATED) {
      return Promise.reject(fail(
        `it shows the ${length} elements of its storage ${numElements} times in all; ` +
          `${MAX_REPEATED} are read at most`,
      ));
    }
    const range = { start, count, kind, fail };
    if (tensor.isContiguous) {
      const all = numElements * size === entry.size;
      const first = numElements === 0 ? 0 : offset * size;
      return readElements(
        tensor,
        range,
        (byteOffset, target) => this.#storages.read(entry, first + byteOffset, target, all),
      );
    }
    return readElements(tensor, range, async (byteOffset, target) => {
      const span = await this.#storages.span(entry, offset * size, tensor.end * size);
      gather(tensor, byteOffset / size, target, aligned(span, size), offset);
    });
  }

  /** Tensors of this file under names, as those of a safetensors file are read. */
  tensorFile(tensors: ReadonlyMap<string, TorchTensor>): TensorFile {
    return new NamedTorchTensors(this, tensors);
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

/** Bytes that begin where a typed array may. */
function aligned(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

class NamedTorchTensors implements TensorFile {
  readonly #file: TorchFile;
  readonly #tensors: ReadonlyMap<string, TorchTensor>;
  readonly tensors: ReadonlyMap<string, LocatedTensor>;

  constructor(file: TorchFile, tensors: ReadonlyMap<string, TorchTensor>) {
    this.#file = file;
    this.#tensors = tensors;
    this.tensors = new Map(
      [...tensors].map(([name, { dtype, shape, numElements, offset, storage }]) => {
        // Where the entry begins, not its bytes: they follow in the same order.
        const byteOffset = storage.entry.headerOffset + offset * elementSize(dtype);
        return [name, { name, dtype, shape, numElements, byteOffset }];
      }),
    );
  }

  get name(): string {
    return this.#file.name;
  }

  info(name: string, shape?: readonly number[]): LocatedTensor {
    return tensorInfo(this.name, this.tensors, name, shape);
  }

  async readRange<K extends ArrayKind = "f32">(
    name: string,
    start: number,
    count: number,
    kind?: K,
  ): Promise<ArrayKinds[K]> {
    this.info(name);
    return await this.#file.readRange(
      this.#tensors.get(name)!,
      start,
      count,
      kind,
      describeKey(name),
    );
  }
}
