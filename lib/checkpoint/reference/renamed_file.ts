/**
 * A file of tensors under other names.
 *
 * @module
 */

import type { TensorFile } from "../../safetensors/tensor_file.ts";
import { CheckpointError } from "../../errors.ts";
import type { LocatedTensor } from "../../safetensors/header.ts";

/** Tensors of a file, under other names; those without one are not there. */
export class RenamedFile implements TensorFile {
  readonly #file: TensorFile;
  readonly #names: ReadonlyMap<string, string>;
  readonly #tensors: ReadonlyMap<string, LocatedTensor>;

  /** @param names The names in the file, by those that tensors have here. */
  constructor(file: TensorFile, names: ReadonlyMap<string, string>) {
    this.#file = file;
    this.#names = names;
    this.#tensors = new Map(
      [...names].map(([name, stored]) => [name, { ...file.info(stored), name }]),
    );
  }

  /** The path or address of the file. */
  get name(): string {
    return this.#file.name;
  }

  /** The tensors by name. */
  get tensors(): ReadonlyMap<string, LocatedTensor> {
    return this.#tensors;
  }

  /** What the file knows of a tensor. @throws {CheckpointError} as that of the file. */
  info(name: string, shape?: readonly number[]): LocatedTensor {
    return { ...this.#file.info(this.#stored(name), shape), name };
  }

  /** Reads elements. @throws {CheckpointError} as that of the file. */
  readRange: TensorFile["readRange"] = (name, start, count, kind) =>
    this.#file.readRange(this.#stored(name), start, count, kind);

  #stored(name: string): string {
    const stored = this.#names.get(name);
    if (stored !== undefined) return stored;
    throw new CheckpointError(
      `Cannot read tensor "${name}" of ${this.name}: the file has none of that name`,
    );
  }
}
