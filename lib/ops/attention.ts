/**
 * Attention, bidirectional or causal, with or without soft-capped scores,
 * streaming: no matrix of scores is ever stored, neither forward nor backward.
 *
 * @module
 */

import { ConfigError, GpuError } from "../errors.ts";
import type { AdapterKind, Gpu } from "../gpu/gpu.ts";
import type { Image } from "../gpu/image.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Tape, Value } from "./tape.ts";

/** How the rows of a matrix of queries, keys and values are made up. */
export interface AttentionShape {
  /** Sequences. */
  batch: number;
  /** Positions of each sequence. */
  length: number;
  /** Heads; the head dimension is the hidden size over it, a multiple of 4. */
  numHeads: number;
}

/** Options of {@linkcode attention}. */
export interface AttentionOptions extends AttentionShape {
  /** Kernels for which kind of adapter; the device's own unless told. */
  variant?: AdapterKind;
  /** Whether a position attends to itself and those before it alone; false unless told. */
  causal?: boolean;
  /** The bound that scores are capped at, a whole number from 1 to 64; null unless told: none. */
  softCap?: number | null;
}

/** The largest soft cap: the kernels sum exp(score) v without a maximum, in the range of f32. */
const MAX_SOFT_CAP = 64;

/**
 * Sizes of tiles on processors. Each invocation owns the rows whose numbers fill a budget; more
 * rows share a load (which is what costs there: each is a loop over the lanes), but registers
 * spill and the pipeline takes longer to compile. Tuned on llvmpipe (Mesa 22, 8 lanes, 2 virtual
 * cores of an AMD EPYC) with the shapes of bench/attention.ts: heads of 32 and 64 dimensions,
 * sequences of 64 to 1024 positions.
 */
const CPU_TILES = {
  /** Invocations of a workgroup: the lanes of a SIMD vector. */
  lanes: 8,
  /** Rows of an invocation, at most. */
  maxRows: 8,
  /** Head dimensions, times rows, that an invocation owns in each kernel. */
  budget: { forward: 320, backwardQuery: 256, backwardKeyValue: 192 },
};

/**
 * Sizes of tiles on graphics cards: what fits the workgroup memory that every adapter has. Not
 * tuned yet: the kernels have been run for correctness alone, on llvmpipe.
 */
const GPU_TILES = {
  /** Invocations of a workgroup, a row each. */
  lanes: 64,
  /** Rows that are streamed through workgroup memory at a time, at most. */
  maxTile: 64,
  /** Bytes of workgroup memory. */
  workgroupMemory: 16384,
  /** Head dimension up to which a kernel writes the gradients of keys and values both. */
  maxHeadDimBoth: 32,
};

/**
 * Checks the shape of a matrix of queries, keys and values and returns the head dimension.
 *
 * @throws {GpuError} if the matrix is not [batch·length, 3·hidden].
 * @throws {ConfigError} if the head dimension is not a multiple of 4.
 */
export function headDimOf(qkv: Value, { batch, length, numHeads }: AttentionShape): number {
  const [rows = 0, columns = 0] = qkv.shape;
  if (qkv.shape.length !== 2 || rows !== batch * length || columns % 3 !== 0) {
    throw new GpuError(
      `Attention over ${batch} sequences of ${length} needs queries, keys and values of shape ` +
        `[${batch * length}, 3 x hidden size], not [${qkv.shape}].`,
    );
  }
  const headDim = columns / 3 / numHeads;
  if (headDim % 4 !== 0) {
    throw new ConfigError(
      `A hidden size of ${columns / 3} over ${numHeads} heads makes ${headDim} dimensions a ` +
        "head, but these must be a multiple of 4: change model.hiddenSize or model.numHeads.",
    );
  }
  return headDim;
}

/** The kernels' constant for a soft cap: 0 for none. */
function capOf(softCap: number | null): number {
  if (softCap === null) return 0;
  if (Number.isInteger(softCap) && softCap >= 1 && softCap <= MAX_SOFT_CAP) return softCap;
  throw new GpuError(
    `The soft cap of attention must be a whole number from 1 to ${MAX_SOFT_CAP}, or null for ` +
      `none, not ${softCap}.`,
  );
}

/** How the rows of a sequence and head are shared out among workgroups. */
interface Tiling {
  /** Constants of the kernels; see kernels/attention_forward.wgsl. */
  constants: { D4: number; LANES: number; ROWS: number; TILE: number };
  /** Workgroups of a sequence and head. */
  tiles: number;
}

/**
 * How many rows a workgroup owns, and how the others stream past.
 *
 * @param tileRowBytes On a graphics card: workgroup memory for one streamed row.
 */
function tiling(
  kernel: keyof typeof CPU_TILES.budget,
  variant: AdapterKind,
  length: number,
  headDim: number,
  tileRowBytes = 8 * headDim,
): Tiling {
  const D4 = headDim / 4;
  if (variant === "gpu") {
    const { lanes: LANES, maxTile, workgroupMemory } = GPU_TILES;
    const TILE = Math.min(maxTile, Math.floor(workgroupMemory / tileRowBytes));
    return { constants: { D4, LANES, ROWS: 1, TILE }, tiles: Math.ceil(length / LANES) };
  }
  const { lanes: LANES, maxRows, budget } = CPU_TILES;
  const most = Math.min(maxRows, Math.max(1, Math.floor(budget[kernel] / headDim)));
  const tiles = Math.ceil(length / (LANES * most));
  return { constants: { D4, LANES, ROWS: Math.ceil(length / (LANES * tiles)), TILE: 0 }, tiles };
}

/** What the kernels of a variant read vectors from: an image on a processor. */
function readable(gpu: Gpu, variant: AdapterKind, tensor: Tensor): Tensor | Image {
  return variant === "cpu" ? gpu.image(tensor, 0, tensor.size) : tensor.retain();
}

/**
 * `softmax(c)·v` for each sequence and head, with `c = cap·tanh(s/cap)` (the reference's attention
 * has `softcap=50`), or `c = s` without a soft cap, and `s = q·kᵀ/√d`, over all keys of the
 * sequence or, if causal, those up to the query's position.
 *
 * Saves qkv, the result and two numbers a row (the softmax's denominator as its inverse or, if
 * nothing caps it, its logarithm, and room for the row sum of do·o) for backward, which computes
 * the scores anew.
 *
 * @param qkv Queries, keys and values [batch·length, 3·hidden]: columns are q, k, v, then
 * heads, then head dimensions.
 * @returns [batch·length, hidden].
 * @throws {GpuError} if qkv has another shape, or for a soft cap that the kernels do not have.
 * @throws {ConfigError} if the head dimension is not a multiple of 4.
 */
export function attention(tape: Tape, qkv: Value, options: AttentionOptions): Value {
  const { gpu } = tape;
  const { batch, length, numHeads, variant = gpu.kind, causal = false, softCap = null } = options;
  const form = { CAP: capOf(softCap), CAUSAL: Number(causal) };
  const headDim = headDimOf(qkv, options);
  const sequenceHeads = batch * numHeads;
  const params = {
    length,
    heads: numHeads,
    sequence_heads: sequenceHeads,
    score_scale: 1 / ((softCap ?? 1) * Math.sqrt(headDim)),
  };
  const pairs = sequenceHeads * (causal ? length * (length + 1) / 2 : length ** 2);

  const o = gpu.empty([batch * length, numHeads * headDim], qkv.tensor.dtype);
  using stats = gpu.empty([sequenceHeads, length, 2]);
  const forward = tiling("forward", variant, length, headDim);
  using source = readable(gpu, variant, qkv.tensor);
  gpu.run("attention_forward", { ...forward.constants, ...form }, {
    bind: { qkv: source, o, stats },
    params: { ...params, tiles: forward.tiles },
    grid: foldGrid(sequenceHeads * forward.tiles),
    flops: 4 * pairs * headDim,
  });
  return tape.record(o, [qkv], [qkv.tensor, o, stats], (dO) => {
    const gradParams = { ...params, grad_scale: 1 / Math.sqrt(headDim) };
    qkv.addGrad(gpu, (dQkv, accumulate) => {
      const ACCUMULATE = Number(accumulate);
      using source = readable(gpu, variant, qkv.tensor);
      using out = readable(gpu, variant, o);
      using outGrad = readable(gpu, variant, dO);
      const queries = tiling("backwardQuery", variant, length, headDim);
      gpu.run("attention_backward_q", { ...queries.constants, ...form, ACCUMULATE }, {
        bind: { qkv: source, o: out, d_o: outGrad, stats, d_qkv: dQkv },
        params: { ...gradParams, tiles: queries.tiles },
        grid: foldGrid(sequenceHeads * queries.tiles),
        flops: 6 * pairs * headDim,
      });
      const keys = tiling("backwardKeyValue", variant, length, headDim, 8 * headDim + 8);
      const parts = variant === "gpu" && headDim > GPU_TILES.maxHeadDimBoth
        ? [{ DK: 0, DV: 1, flops: 4 }, { DK: 1, DV: 0, flops: 6 }]
        : [{ DK: 1, DV: 1, flops: 8 }];
      for (const { DK, DV, flops } of parts) {
        gpu.run("attention_backward_kv", { ...keys.constants, ...form, DK, DV, ACCUMULATE }, {
          bind: { qkv: source, d_o: outGrad, stats, d_qkv: dQkv },
          params: { ...gradParams, tiles: keys.tiles },
          grid: foldGrid(sequenceHeads * keys.tiles),
          flops: flops * pairs * headDim,
        });
      }
    });
  });
}
