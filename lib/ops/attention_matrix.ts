/**
 * Attention on matrix units (tensor cores, simdgroup matrices): f16 in, sums in f32, with the
 * statistics of the softmax in f32.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { MatrixUnits } from "../gpu/matrix_units.ts";
import {
  type AttentionGrads,
  type AttentionTensors,
  type AttentionWork,
  gradParams,
} from "./attention_work.ts";

/**
 * Sizes by the kind of adapter. Not tuned: nothing has been timed on a card. Subgroups own rows of
 * their own, so that none waits for another's part of a row.
 */
const SIZES = {
  /**
   * 64 positions of a workgroup, so that what streams past is read for 64; of the streamed ones as
   * many as fit the workgroup memory: 25 KiB for heads of 64 dimensions, or else 13.
   */
  gpu: { subgroups: 4, rows: 16, streamed: [32, 16] },
  /**
   * A processor has no such units, but Mesa's llvmpipe says so: to see that attention is right. It
   * writes out every multiplication, and takes minutes to compile larger sizes.
   */
  cpu: { subgroups: 2, rows: 8, streamed: [8, 16] },
} satisfies Record<AdapterKind, { subgroups: number; rows: number; streamed: number[] }>;

/**
 * Head dimension up to which the fragments of a subgroup fit the registers of its invocations:
 * those of keys, values and both gradients are some 224 for each of 32 invocations that have 16
 * rows of 128 dimensions.
 */
const MAX_HEAD_DIM = 128;

/** How attention is divided among matrix units; see kernels/include/attention_matrix.wgsl. */
export interface MatrixAttentionForm {
  /** Constants of the kernels. */
  readonly constants: {
    readonly D4: number;
    readonly MM: number;
    readonly NN: number;
    readonly KK: number;
    readonly SG: number;
    readonly W: number;
    readonly FM: number;
    readonly BN: number;
    readonly C: number;
  };
  /** Positions of a workgroup. */
  readonly owned: number;
  /** Bytes of workgroup memory. */
  readonly bytes: number;
}

/** The form for heads of a size if so many positions are streamed at a time; undefined if none. */
function formOf(
  { M: MM, N: NN, K: KK, subgroupSize: SG }: MatrixUnits,
  headDim: number,
  { subgroups: W, rows, BN }: { subgroups: number; rows: number; BN: number },
): MatrixAttentionForm | undefined {
  const FM = Math.max(1, Math.floor(Math.min(rows, SG) / MM));
  const owned = W * FM * MM;
  // Each row is shared by as many invocations as every other.
  if (SG % (FM * MM) !== 0 || BN % (SG / (FM * MM)) !== 0 || BN % NN !== 0 || BN % KK !== 0) {
    return undefined;
  }
  const C = Math.ceil(headDim / BN);
  const streamed = 2 * 2 * BN * (C * BN + 8);
  const bytes = streamed + owned * (4 * (BN + 4) + 2 * (BN + 8)) + 4 * SG * W + 8 * BN;
  return { constants: { D4: headDim / 4, MM, NN, KK, SG, W, FM, BN, C }, owned, bytes };
}

/** How a device computes attention on its matrix units; undefined if it has none that fit. */
export function matrixForm(gpu: Gpu, headDim: number): MatrixAttentionForm | undefined {
  const { matrixUnits, kind, device: { limits } } = gpu;
  if (matrixUnits === undefined || headDim > MAX_HEAD_DIM) return undefined;
  const { streamed, ...sizes } = SIZES[kind];
  return streamed.map((BN) => formOf(matrixUnits, headDim, { ...sizes, BN })).find((form) =>
    form !== undefined && form.bytes <= limits.maxComputeWorkgroupStorageSize
  );
}

/**
 * How a device computes attention on its matrix units. @throws {GpuError} if it has none that fit.
 */
export function requireMatrixForm(gpu: Gpu, headDim: number): MatrixAttentionForm {
  const form = matrixForm(gpu, headDim);
  if (form !== undefined) return form;
  throw new GpuError(
    `The adapter ${gpu.adapterName} has no matrix units for attention with heads of ${headDim} ` +
      `dimensions: they need units of f16 numbers, and heads of at most ${MAX_HEAD_DIM}.`,
  );
}

/**
 * Records the forward pass: `o` and the first of `stats`. Numbers in f32 are rounded to f16.
 *
 * @throws {GpuError} if the device has no matrix units that fit.
 */
export function matrixAttention(
  gpu: Gpu,
  work: AttentionWork,
  { qkv, o, stats }: AttentionTensors,
): void {
  const { length, headDim, sequenceHeads, pairs, form, params } = work;
  const { constants, owned } = requireMatrixForm(gpu, headDim);
  const tiles = Math.ceil(length / owned);
  gpu.run("attention_matrix_forward", { ...constants, ...form }, {
    bind: { qkv, o, stats },
    params: { ...params, tiles },
    grid: foldGrid(sequenceHeads * tiles),
    flops: 4 * pairs * headDim,
  });
}

/**
 * Records the backward pass. Numbers in f32 are rounded to f16.
 *
 * @throws {GpuError} if the device has no matrix units that fit.
 */
export function matrixAttentionGrad(
  gpu: Gpu,
  work: AttentionWork,
  { qkv, o, stats, dO, dQkv, accumulate }: AttentionGrads,
): void {
  const { length, headDim, sequenceHeads, pairs, form } = work;
  const { constants, owned } = requireMatrixForm(gpu, headDim);
  const tiles = Math.ceil(length / owned);
  const all = { ...constants, ...form, ACCUMULATE: Number(accumulate) };
  const call = { params: { ...gradParams(work), tiles }, grid: foldGrid(sequenceHeads * tiles) };
  gpu.run("attention_matrix_backward_q", all, {
    ...call,
    bind: { qkv, o, d_o: dO, stats, d_qkv: dQkv },
    flops: 6 * pairs * headDim,
  });
  gpu.run("attention_matrix_backward_kv", all, {
    ...call,
    bind: { qkv, d_o: dO, stats, d_qkv: dQkv },
    flops: 8 * pairs * headDim,
  });
}
