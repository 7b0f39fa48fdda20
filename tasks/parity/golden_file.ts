/**
 * A golden file: a JSON description and, for most, tensors beside it.
 *
 * @module
 */

import { DataError } from "../../lib/errors.ts";
import { readText } from "../../lib/io/read_text.ts";
import type { ArrayKind, ArrayKinds } from "../../lib/safetensors/dtype.ts";
import type { TensorInfo } from "../../lib/safetensors/header.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { parseJson } from "../../lib/schema/read_json.ts";
import { exists } from "../../lib/system/exists.ts";

/** `STEM.json` and `STEM.safetensors` of a folder; either may be missing. */
export class GoldenFile implements Disposable {
  /** The folder. */
  readonly dir: string;
  /** The name without its extension. */
  readonly stem: string;
  readonly #tensors: SafetensorsFile | undefined;
  readonly #read = new Set<string>();

  private constructor(dir: string, stem: string, tensors: SafetensorsFile | undefined) {
    this.dir = dir;
    this.stem = stem;
    this.#tensors = tensors;
  }

  /**
   * Opens the tensors, if there are any.
   *
   * @throws {CheckpointError} if they are damaged.
   */
  static async open(dir: string, stem: string): Promise<GoldenFile> {
    const path = `${dir}/${stem}.safetensors`;
    const tensors = await exists(path) ? await SafetensorsFile.open(path) : undefined;
    return new GoldenFile(dir, stem, tensors);
  }

  /**
   * The JSON description, whose form the caller knows.
   *
   * @throws {DataError} if it is missing or is not JSON.
   */
  description<T>(): Promise<T> {
    return readDescription(`${this.dir}/${this.stem}.json`);
  }

  /**
   * The `cases` of the description.
   *
   * @throws {DataError} if there are none, or as {@linkcode description}.
   */
  async cases<T>(): Promise<T[]> {
    const { cases } = await this.description<{ cases?: T[] }>();
    if (Array.isArray(cases)) return cases;
    throw new DataError(`Cannot check ${this.dir}/${this.stem}.json: it has no list "cases"`);
  }

  /** The tensors by name; none if there is only a description. */
  get tensors(): ReadonlyMap<string, TensorInfo> {
    return this.#tensors?.tensors ?? new Map();
  }

  /** The names of the tensors that nothing has read. */
  get unread(): string[] {
    return [...this.tensors.keys()].filter((name) => !this.#read.has(name));
  }

  /**
   * Reads a tensor, as float32 unless told otherwise.
   *
   * @throws {FlmError} if there is no such tensor or it cannot be read so.
   */
  read<K extends ArrayKind = "f32">(name: string, kind?: K): Promise<ArrayKinds[K]> {
    if (this.#tensors === undefined) {
      throw new DataError(
        `Cannot read ${this.dir}/${this.stem}.safetensors: there is no such file`,
      );
    }
    this.#read.add(name);
    return this.#tensors.read(name, kind);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#tensors?.close();
  }
}

/**
 * Reads a JSON description, whose form the caller knows.
 *
 * @throws {DataError} if it is missing or is not JSON.
 */
export async function readDescription<T>(path: string): Promise<T> {
  const source = await readText(path, DataError);
  return parseJson(source, { name: path, error: DataError }) as T;
}
