/**
 * The calls in PyTorch's pickles that make tensors, understood without calling anything.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { type PickleGlobal, PickleGlobal as Global, Tuple } from "../pickle/values.ts";
import { elementSize } from "../safetensors/dtype.ts";
import { describeKey } from "../schema/field.ts";
import { visibleText } from "../system/visible.ts";
import type { ZipEntry } from "../zip/directory.ts";
import { isRefusedCall } from "./refused_calls.ts";
import { storageType, typeNamed } from "./storage_types.ts";
import { TorchStorage, TorchTensor } from "./tensor.ts";

/** Gives tensors and storages for what a pickle says of them. */
export class TensorBuilder {
  readonly #file: string;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  readonly #root: string;

  /**
   * For the pickle of a file.
   *
   * @param root The folder of the zip file in which everything is.
   */
  constructor(file: string, entries: ReadonlyMap<string, ZipEntry>, root: string) {
    this.#file = file;
    this.#entries = entries;
    this.#root = root;
  }

  /**
   * The storage that a persistent id names: `("storage", CLASS, KEY, DEVICE, ELEMENTS)`.
   *
   * @returns undefined if it names something else, or elements that are not read here.
   * @throws {CheckpointError} if there is none, or it has another size.
   */
  storage(id: unknown): TorchStorage | undefined {
    if (!(id instanceof Tuple)) return undefined;
    const [kind, type, key, , count] = id.items;
    const isStorage = kind === "storage" && type instanceof Global && typeof key === "string" &&
      typeof count === "number";
    const dtype = isStorage ? storageType(type.path) : undefined;
    if (!isStorage || dtype === undefined) return undefined;
    const name = `${this.#root}/data/${key}`;
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      throw this.#damaged(`its pickle names the storage ${describeKey(name)}, which is not there`);
    }
    if (entry.size !== count * elementSize(dtype)) {
      throw this.#damaged(
        `its storage ${describeKey(name)} has ${entry.size} bytes, but ${count} elements of type ` +
          `${dtype} take ${count * elementSize(dtype)}`,
      );
    }
    return new TorchStorage(key, dtype, entry);
  }

  /**
   * The tensor that a call makes.
   *
   * @returns undefined if it makes something else, or a tensor that is not read here.
   * @throws {CheckpointError} if the tensor reaches beyond its storage, or a command is to be run.
   */
  construct(callable: PickleGlobal, args: readonly unknown[]): TorchTensor | undefined {
    if (isRefusedCall(callable)) {
      throw new CheckpointError(
        `Cannot read ${this.#file}: it asks whoever loads it to run ` +
          `${
            visibleText(callable.path).slice(0, 120)
          }, as only a hostile file does. Nothing was run here, but ` +
          `torch.load would do it: delete the file.`,
      );
    }
    const { module, name } = callable;
    if (module === "torch._tensor" && name === "_rebuild_from_type_v2") {
      const [maker, , inner] = args;
      return maker instanceof Global && inner instanceof Tuple && maker.module !== module
        ? this.construct(maker, inner.items)
        : undefined;
    }
    if (module !== "torch._utils") return undefined;
    switch (name) {
      case "_rebuild_tensor_v2":
        return this.#tensor(args, undefined, args[6]);
      case "_rebuild_tensor_v3":
        return this.#tensor(args, args[6], args[7]);
      case "_rebuild_parameter":
      case "_rebuild_parameter_with_state":
        return args[0] instanceof TorchTensor ? args[0] : undefined;
    }
    return undefined;
  }

  /**
   * @param type Its type, where the storage has none.
   * @param marks What more there is to know, such as that all elements are to be negated.
   */
  #tensor(args: readonly unknown[], type: unknown, marks: unknown): TorchTensor | undefined {
    const [storage, offset, shape, strides] = args;
    const isMarked = marks instanceof Map && marks.size > 0;
    if (!(storage instanceof TorchStorage) || isMarked) return undefined;
    const dtype = type === undefined
      ? storage.dtype
      : type instanceof Global
      ? typeNamed(type.path)
      : undefined;
    if (dtype === undefined) return undefined;
    const isLayout = typeof offset === "number" && isNumbers(shape) && isNumbers(strides);
    const made = isLayout
      ? TorchTensor.of({ dtype, storage, offset, shape: shape.items, strides: strides.items })
      : "an impossible layout";
    if (made instanceof TorchTensor) return made;
    throw this.#damaged(`a tensor of its storage ${describeKey(storage.key)} has ${made}`);
  }

  #damaged(reason: string): CheckpointError {
    return new CheckpointError(`Cannot read ${this.#file}: ${reason}; the file is damaged`);
  }
}

function isNumbers(value: unknown): value is { readonly items: readonly number[] } {
  return value instanceof Tuple && value.items.every((each) => typeof each === "number");
}
