/**
 * How the invocations of a workgroup share out the rows and columns of a
 * matrix, on processors and on graphics cards.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/gpu.ts";

/**
 * How many neighbouring floats a kernel takes at a time: 4 if every one of `extents` (row
 * lengths, strides, first columns) is a multiple of 4, else 1.
 */
export function vectorWidth(...extents: number[]): 1 | 4 {
  return extents.every((extent) => extent % 4 === 0) ? 4 : 1;
}

/** Constants of kernels that work on rows. */
export interface RowLanes extends Readonly<Record<string, number>> {
  /** Rows a workgroup works on at once. */
  ROWS: number;
  /** Invocations of a row. */
  COLS: number;
  /** Rows that an invocation works on, one after another or together. */
  PER: number;
}

/** SIMD width of CPU adapters, and so the size of their workgroups. */
const SIMD = 8;
/** Invocations of a row on graphics cards: neighbours, so that loads are whole cache lines. */
const GPU_COLS = 32;

/**
 * The division of rows of `vectors` vectors (see {@linkcode vectorWidth}) in samples of
 * `length` rows. A block of ROWS · PER rows has at most `maxRows` of them.
 *
 * On a processor every invocation has its own rows, so that sums over a row need no barrier;
 * on a graphics card 32 invocations share a row.
 */
export function rowLanes(
  kind: AdapterKind,
  vectors: number,
  length: number,
  maxRows: number,
): RowLanes {
  if (kind === "cpu") {
    const rows = Math.min(maxRows, length);
    return { ROWS: SIMD, COLS: 1, PER: Math.max(1, Math.ceil(rows / SIMD)) };
  }
  const ROWS = Math.min(maxRows, vectors <= 64 ? 2 : vectors <= 128 ? 4 : 8);
  return { ROWS, COLS: GPU_COLS, PER: Math.max(1, Math.floor(maxRows / ROWS)) };
}

/** How an elementwise kernel is run over `count` numbers. */
export interface ElementLanes {
  /** Constants of the kernel. */
  constants: { VEC: 1 | 4; WG: number; STEPS: number };
  /** Vectors to work on. */
  count: number;
  /** Workgroups needed. */
  groups: number;
}

/**
 * Shares out `count` numbers: an invocation takes several vectors, since starting one costs
 * more than a vector does.
 */
export function elementLanes(kind: AdapterKind, count: number): ElementLanes {
  const VEC = vectorWidth(count);
  const [WG, STEPS] = kind === "cpu" ? [SIMD, 32] : [64, 4];
  return {
    constants: { VEC, WG, STEPS },
    count: count / VEC,
    groups: Math.ceil(count / VEC / (WG * STEPS)),
  };
}
