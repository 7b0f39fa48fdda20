/**
 * Rotary position embedding of queries and keys.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type AttentionShape, headDimOf } from "./attention.ts";
import { elementwise } from "./elementwise.ts";
import type { Tape, Value } from "./tape.ts";

/** The base of the wavelengths. */
const BASE = 10000;

/**
 * The angles `position · 10000^(-2i/d)` as cosines and sines, i < d/2, [length, d/2] each.
 * Frequency and angle are rounded to float32, as the reference (`Rotary`) has them, and as the
 * models that were trained with it saw them: at position 1000 that moves an angle by up to 6e-5.
 */
export function rotaryAngles(
  length: number,
  headDim: number,
): { cos: Float32Array<ArrayBuffer>; sin: Float32Array<ArrayBuffer> } {
  const half = headDim / 2;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let i = 0; i < half; i++) {
    const wavelength = Math.fround(BASE ** Math.fround(2 * i / headDim));
    const frequency = Math.fround(1 / wavelength);
    for (let position = 0; position < length; position++) {
      const angle = Math.fround(position * frequency);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/** Cosines and sines on the GPU; made once for a model, which disposes of it. */
export class RotaryTable implements Disposable {
  /** The most positions a sequence may have. */
  readonly length: number;
  /** Dimensions of a head. */
  readonly headDim: number;
  /** {@linkcode rotaryAngles}: cosines, then sines, [2, length, headDim/2]. */
  readonly tensor: Tensor;

  /** Computes and uploads the table. */
  constructor(gpu: Gpu, length: number, headDim: number) {
    this.length = length;
    this.headDim = headDim;
    const { cos, sin } = rotaryAngles(length, headDim);
    const both = new Float32Array(2 * cos.length);
    both.set(cos);
    both.set(sin, cos.length);
    this.tensor = gpu.tensor(both, [2, length, headDim / 2]);
  }

  /** Releases the table. */
  [Symbol.dispose](): void {
    this.tensor.release();
  }
}

/** Options of {@linkcode rotary}. */
export interface RotaryOptions extends AttentionShape {
  /** The angles, for at least `length` positions and the same head dimension. */
  table: RotaryTable;
}

/**
 * Turns the queries and keys of each head by their position: dimension i and i + d/2 form a
 * pair (half-split, as GPT-NeoX; the reference's `apply_rotary_pos_emb`). v stays as it is.
 *
 * It works IN PLACE: the result shares qkv's tensor, so that nothing else may read qkv
 * afterwards (the matrix product that made it does not need it). Backward turns the gradient
 * back in place and hands it on. Saves the table.
 *
 * @param qkv Queries, keys and values [batch·length, 3·hidden]: columns are q, k, v, then
 * heads, then head dimensions.
 * @throws {GpuError} if qkv has another shape or the table does not fit.
 * @throws {ConfigError} if the head dimension is not a multiple of 4.
 */
export function rotary(tape: Tape, qkv: Value, options: RotaryOptions): Value {
  const { gpu } = tape;
  const { length, numHeads, table } = options;
  const headDim = headDimOf(qkv, options);
  if (table.headDim !== headDim || table.length < length) {
    throw new GpuError(
      `A rotary table for ${table.length} positions and ${table.headDim} dimensions a head ` +
        `does not fit sequences of ${length} with ${headDim}.`,
    );
  }
  const WIDTH = headDim % 8 === 0 ? 4 : 2;
  const half = headDim / 2 / WIDTH;
  const pairs = options.batch * length * 2 * numHeads * half;
  const { constants, count, grid } = elementwise(gpu.kind, pairs);
  const turn = (target: Tensor, direction: 1 | -1) =>
    gpu.run("rotary", { ...constants, WIDTH }, {
      bind: { qkv: target, table: table.tensor },
      params: { count, length, heads: numHeads, half, sines: table.length * half, direction },
      grid,
    });
  turn(qkv.tensor, 1);
  return tape.record(qkv.tensor.retain(), [qkv], [table.tensor], (grad) => {
    turn(grad, -1);
    qkv.giveGrad(gpu, grad);
  });
}
