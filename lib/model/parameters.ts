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
import { bytesOf, sizeOf, Tensor } from "../gpu/tensor.ts";
import { castInto } from "../ops/cast.ts";
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

/** What the matrices of a network, its embedding included, are stored in. */
export type MatrixType = "f32" | "f16";

/** A flat buffer of parameters. */
export interface Segment {
  /** The group that its parameters belong to. */
  group: string;
  /** The parameters, one after another. */
  values: Tensor;
  /** The same layout; undefined in a store without gradients. */
  grads: Tensor | undefined;
  /**
   * The values in f16, in the same layout; undefined unless {@linkcode ParameterStore.keepHalves}.
   */
  halves: Tensor | undefined;
}

/**
 * Where windows begin in a segment: at multiples of so many bytes of f32, so that those of f16,
 * which have half as many, begin where a binding may.
 */
const WINDOW_ALIGNMENT = 512;

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
  dtype: MatrixType;
  bytes: number;
}

/** Places every parameter into a segment of its group and type, of at most `maxBytes`. */
function layOut(
  specs: readonly ParameterSpec[],
  matrices: MatrixType,
  maxBytes: number,
): { placements: Placement[][]; extents: Extent[] } {
  const extents: Extent[] = [];
  const placements = specs.map(({ name, shape, group = "" }) => {
    const [rows = 1, ...rest] = shape;
    const dtype = rest.length > 0 ? matrices : "f32";
    const rowSize = sizeOf(rest);
    // Rows a split may be cut at: each window must start at an aligned byte. Those in f16 are cut
    // where others are, so that sums over windows have the same order.
    const most = Math.floor(maxBytes / bytesOf(rowSize));
    if (most === 0) {
      throw new GpuError(
        `One row of ${name} has ${bytesOf(rowSize)} bytes; this adapter binds at most ${maxBytes}.`,
      );
    }
    const placed: Placement[] = [];
    for (let rowStart = 0; rowStart < rows;) {
      const count = Math.min(most, rows - rowStart);
      const bytes = Math.ceil(bytesOf(count * rowSize, dtype) / WINDOW_ALIGNMENT) *
        WINDOW_ALIGNMENT;
      let segment = extents.findLastIndex((each) => each.group === group && each.dtype === dtype);
      if (segment === -1 || extents[segment]!.bytes + bytes > maxBytes) {
        segment = extents.push({ group, dtype, bytes: 0 }) - 1;
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
  readonly #placements: readonly (readonly Placement[])[];

  /**
   * Allocates the parameters, all zero.
   *
   * @param grads Whether gradients are kept.
   * @param matrices What parameters of two and more axes are stored in; f32 unless told. All others
   * are f32. What is computed from matrices in f16 is f32, as from others.
   * @param memory Where they lie, segment by segment, in place of memory of their own, and with
   * what is there: tensors that are as large as those of another store of the same parameters,
   * whose owner keeps them.
   * @throws {GpuError} if one row of a parameter exceeds a binding, the adapter has no f16, or
   * gradients of matrices in f16 are asked for.
   */
  constructor(
    gpu: Gpu,
    specs: readonly ParameterSpec[],
    grads: boolean,
    matrices: MatrixType = "f32",
    memory?: readonly Tensor[],
  ) {
    if (grads && matrices === "f16") {
      throw new GpuError("Weights that are trained are stored in f32: found gradients and f16.");
    }
    this.gpu = gpu;
    this.specs = specs;
    const maxBytes = Math.floor(gpu.maxBindingBytes / WINDOW_ALIGNMENT) * WINDOW_ALIGNMENT;
    const { placements, extents } = layOut(specs, matrices, maxBytes);
    this.segments = extents.map(({ group, dtype, bytes }, i) => ({
      group,
      values: memory === undefined
        ? gpu.zeros([bytes / (dtype === "f16" ? 2 : 4)], dtype)
        : memory[i]!.retain(),
      grads: grads ? gpu.zeros([bytes / 4]) : undefined,
      halves: undefined,
    }));
    this.#placements = placements;
    this.parameters = specs.map(({ name, shape }, i) => {
      const windows = placements[i]!.map(({ segment, byteOffset, rowStart, rows }) => {
        const { values, grads } = this.segments[segment]!;
        const extents = [rows, ...shape.slice(1)];
        const window = new Tensor(values.buffer, byteOffset, extents, values.dtype);
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
      windows: windows.map(({ rowStart, value: { tensor } }) => ({
        start: rowStart * sizeOf(shape.slice(1)),
        tensor,
      })),
    }));
  }

  /**
   * Keeps a copy of all values in f16 from now on: networks then compute from it, and what they
   * compute is f16 too. It is brought up to date by {@linkcode updateHalves} alone.
   *
   * @throws {GpuError} if the adapter has no f16, or matrices are f16 already.
   */
  keepHalves(): void {
    if (this.segments.some(({ values }) => values.dtype === "f16")) {
      throw new GpuError("Copies in f16 are kept of weights in f32: these are stored in f16.");
    }
    for (const segment of this.segments) {
      segment.halves ??= this.gpu.empty(segment.values.shape, "f16");
    }
    for (const [i, { windows }] of this.parameters.entries()) {
      for (const [j, { value }] of windows.entries()) {
        const { segment, byteOffset } = this.#placements[i]![j]!;
        const { buffer } = this.segments[segment]!.halves!;
        value.attachHalf(new Tensor(buffer, byteOffset / 2, value.shape, "f16"));
      }
    }
    this.updateHalves();
  }

  /** Rounds the values to f16 anew, if {@linkcode keepHalves} was called. */
  updateHalves(): void {
    for (const { values, halves } of this.segments) {
      if (halves !== undefined) castInto(this.gpu, values, halves);
    }
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
    for (const { values, grads, halves } of this.segments) {
      values.release();
      grads?.release();
      halves?.release();
    }
  }
}
