/**
 * How the invocations of a workgroup share out the rows and columns of a
 * matrix, on processors and on graphics cards.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";

/** SIMD width of CPU adapters, and so the size of their workgroups. */
const SIMD = 8;

/** Invocations of a workgroup: the lanes of a SIMD vector on a processor, else `card`. */
export function workgroupSize(kind: AdapterKind, card = 64): number {
  return kind === "cpu" ? SIMD : card;
}

/**
 * How many neighbouring floats a kernel takes at a time: 4 if every one of `extents` (row
 * lengths, strides, first columns) is a multiple of 4, else 1.
 */
export function vectorWidth(...extents: number[]): 1 | 4 {
  return extents.every((extent) => extent % 4 === 0) ? 4 : 1;
}

/** Constants of kernels that work on rows; see kernels/include/rows.wgsl. */
export interface RowTeams {
  /** Teams of invocations in a workgroup. */
  ROWS: number;
  /** Invocations of a team. */
  COLS: number;
  /** Rows of a team, all of one sample. */
  PER: number;
  /** 1 if a sample's rows fill whole workgroups, else 0. */
  WHOLE: 0 | 1;
}

/** Invocations of a row on graphics cards: neighbours, so that loads are whole cache lines. */
const GPU_COLS = 32;
/** Teams of a workgroup on graphics cards. */
const GPU_ROWS = 2;

/**
 * The division of samples of `length` rows: every team of invocations has `per` rows, or less
 * if the samples are short. On a processor a team is one invocation, so that sums over a row
 * need no barrier; on a graphics card 32 invocations share a row.
 */
export function rowTeams(kind: AdapterKind, length: number, per: number): RowTeams {
  const [ROWS, COLS] = kind === "cpu" ? [SIMD, 1] : [GPU_ROWS, GPU_COLS];
  const PER = Math.min(per, Math.ceil(length / ROWS));
  return { ROWS, COLS, PER, WHOLE: length % (ROWS * PER) === 0 ? 1 : 0 };
}
