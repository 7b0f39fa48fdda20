/**
 * A model's parameters, laid out in a few flat buffers so that the optimizer,
 * the EMA and gradient clipping are one dispatch for each buffer.
 *
 * A buffer holds at most what one binding may hold; a matrix that is larger
 * (the embedding of a large vocabulary) is split by rows into windows.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { alignBytes } from "../gpu/limits.ts";
import { sizeOf, Tensor } from "../gpu/tensor.ts";
import { Parameter } from "../ops/parameter.ts";
import { Value } from "../ops/tape.ts";
import type { NamedTensor } from "./named_tensors.ts";

/** How a parameter starts: uniform in ±bound, or a constant. */
export type Init = { kind: "uniform"; bound: number } | { kind: "constant"; value: number };

/** A parameter's name (the reference's state_dict name), shape and start. */
export interface ParameterSpec {
  /** The name in the reference's state_dict. */
  name: string;
  /** Extents, slowest first. */
  shape: readonly number[];
  /** How it starts. */
  init: Init;
  /**
   * The parameters that an optimizer treats alike, by a name; "" unless given. A group has segments
   * of its own.
   */
  group?: string;
}

/** How many numbers some parameters have, all together. */
export function countParameters(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** A flat buffer of parameters. */
export interface Segment {
  /** The group that its parameters belong to. */
  group: string;
  /** The parameters, one after another. */
  values: Tensor;
  /** The same layout; undefined in a store without gradients. */
  grads: Tensor | undefined;
}

/** Where a window of a parameter lies: which segment, and at which byte. */
interface Placement {
  segment: number;
  byteOffset: number;
  rowStart: number;
  rows: number;
}

/** The extent of a segment while parameters are placed. */
interface Extent {
  group: string;
  bytes: number;
}

/** Places every parameter into a segment of its group, of at most `maxBytes`. */
function layOut(
  specs: readonly ParameterSpec[],
  maxBytes: number,
): { placements: Placement[][]; extents: Extent[] } {
  const extents: Extent[] = [];
  const placements = specs.map(({ name, shape, group = "" }) => {
    const [rows = 1, ...rest] = shape;
    const rowBytes = sizeOf(rest) * 4;
    // Rows a split may be cut at: each window must start at an aligned byte.
    const most = Math.floor(maxBytes / rowBytes);
    if (most === 0) {
      throw new GpuError(
        `One row of ${name} has ${rowBytes} bytes; this adapter binds at most ${maxBytes}.`,
      );
    }
    const placed: Placement[] = [];
    for (let rowStart = 0; rowStart < rows;) {
      const count = Math.min(most, rows - rowStart);
      const bytes = alignBytes(count * rowBytes);
      let segment = extents.findLastIndex((each) => each.group === group);
      if (segment === -1 || extents[segment]!.bytes + bytes > maxBytes) {
        segment = extents.push({ group, bytes: 0 }) - 1;
      }
      const extent = extents[segment]!;
      placed.push({ segment, byteOffset: extent.bytes, rowStart, rows: count });
      extent.bytes += bytes;
      rowStart += count;
    }
    return placed;
  });
  return { placements, extents };
}

/** All parameters of a model, and their gradients if it is to be trained. */
export class ParameterStore implements Disposable {
  /** Where the parameters live. */
  readonly gpu: Gpu;
  /** What the parameters are, and how they start. */
  readonly specs: readonly ParameterSpec[];
  /** The parameters in the order of their specs. */
  readonly parameters: readonly Parameter[];
  /** The flat buffers. */
  readonly segments: readonly Segment[];
  readonly #byName: ReadonlyMap<string, Parameter>;

  /**
   * Allocates the parameters, all zero.
   *
   * @param grads Whether gradients are kept.
   * @throws {GpuError} if one row of a parameter exceeds a binding.
   */
  constructor(gpu: Gpu, specs: readonly ParameterSpec[], grads: boolean) {
    this.gpu = gpu;
    this.specs = specs;
    const maxBytes = Math.floor(gpu.maxBindingBytes / 256) * 256;
    const { placements, extents } = layOut(specs, maxBytes);
    this.segments = extents.map(({ group, bytes }) => ({
      group,
      values: gpu.zeros([bytes / 4]),
      grads: grads ? gpu.zeros([bytes / 4]) : undefined,
    }));
    this.parameters = specs.map(({ name, shape }, i) => {
      const windows = placements[i]!.map(({ segment, byteOffset, rowStart, rows }) => {
        const { values, grads } = this.segments[segment]!;
        const extents = [rows, ...shape.slice(1)];
        const window = new Tensor(values.buffer, byteOffset, extents);
        const sink = grads && new Tensor(grads.buffer, byteOffset, extents);
        return { rowStart, rows, value: new Value(window, sink !== undefined, sink) };
      });
      return new Parameter(name, shape, windows);
    });
    this.#byName = new Map(this.parameters.map((parameter) => [parameter.name, parameter]));
  }

  /** The parameter called `name`. @throws {GpuError} if there is none. */
  get(name: string): Parameter {
    const parameter = this.#byName.get(name);
    if (parameter === undefined) throw new GpuError(`The model has no parameter "${name}".`);
    return parameter;
  }

  /** The parameter called `name`, or undefined. */
  find(name: string): Parameter | undefined {
    return this.#byName.get(name);
  }

  /** The parameters for saving and loading. */
  get tensors(): NamedTensor[] {
    return this.parameters.map(({ name, shape, windows }) => ({
      name,
      shape,
      windows: windows.map(({ rowStart, value: { tensor } }) => ({ rowStart, tensor })),
    }));
  }

  /** Sets all gradients to zero. */
  clearGrads(): void {
    for (const { grads } of this.segments) if (grads) this.gpu.clear(grads);
  }

  /** Uploads a whole parameter. */
  write(name: string, data: Float32Array): void {
    const { shape, windows } = this.get(name);
    const rowSize = sizeOf(shape.slice(1));
    for (const { rowStart, rows, value } of windows) {
      this.gpu.write(
        value.tensor,
        data.subarray(rowStart * rowSize, (rowStart + rows) * rowSize),
      );
    }
  }

  /** Reads a whole parameter, or its gradient. */
  async read(name: string, what: "value" | "grad" = "value"): Promise<Float32Array> {
    const { shape, windows } = this.get(name);
    const result = new Float32Array(sizeOf(shape));
    const rowSize = sizeOf(shape.slice(1));
    for (const { rowStart, value } of windows) {
      const tensor = what === "grad" ? value.grad : value.tensor;
      if (tensor !== undefined) result.set(await this.gpu.read(tensor), rowStart * rowSize);
    }
    return result;
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    for (const { values, grads } of this.segments) {
      values.release();
      grads?.release();
    }
  }
}
