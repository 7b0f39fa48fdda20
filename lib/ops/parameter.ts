/**
 * Parameters as operations see them: tensors with names, which may be split by rows.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { DType } from "../gpu/tensor.ts";
import type { Value } from "./tape.ts";

/** Rows `rowStart` to `rowStart + rows` of a parameter. */
export interface ParameterWindow {
  /** The first row. */
  rowStart: number;
  /** How many rows. */
  rows: number;
  /** Tensor of shape [rows, …], with its gradient's sink. */
  value: Value;
}

/** One parameter. */
export class Parameter {
  /** The reference's state_dict name. */
  readonly name: string;
  /** Its shape, split or not. */
  readonly shape: readonly number[];
  /** Its rows in order; a single window unless it is larger than a binding. */
  readonly windows: readonly ParameterWindow[];

  /** Made by {@linkcode ParameterStore}. */
  constructor(name: string, shape: readonly number[], windows: readonly ParameterWindow[]) {
    this.name = name;
    this.shape = shape;
    this.windows = windows;
  }

  /** What is computed from it: `f16` if its store keeps a copy in f16, else `f32`. */
  get dtype(): DType {
    return this.windows[0]!.value.half?.dtype ?? "f32";
  }

  /** The whole parameter as one value. @throws {GpuError} if it is split. */
  get value(): Value {
    if (this.windows.length !== 1) {
      throw new GpuError(
        `The parameter ${this.name} of shape [${this.shape}] does not fit one binding.`,
      );
    }
    return this.windows[0]!.value;
  }
}
