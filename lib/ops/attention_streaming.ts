/**
 * Attention by multiply-adds in f32: each invocation owns rows, and the others stream past it.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Image } from "../gpu/image.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import {
  type AttentionGrads,
  type AttentionTensors,
  type AttentionWork,
  gradParams,
} from "./attention_work.ts";

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
  /** Rows of an invocation, at most: 8 are no faster in a step of the demo, and slow to compile. */
  maxRows: 5,
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
  kind: AdapterKind,
  length: number,
  headDim: number,
  tileRowBytes = 8 * headDim,
): Tiling {
  const D4 = headDim / 4;
  if (kind === "gpu") {
    const { lanes: LANES, maxTile, workgroupMemory } = GPU_TILES;
    const TILE = Math.min(maxTile, Math.floor(workgroupMemory / tileRowBytes));
    return { constants: { D4, LANES, ROWS: 1, TILE }, tiles: Math.ceil(length / LANES) };
  }
  const { lanes: LANES, maxRows, budget } = CPU_TILES;
  const most = Math.min(maxRows, Math.max(1, Math.floor(budget[kernel] / headDim)));
  const tiles = Math.ceil(length / (LANES * most));
  return { constants: { D4, LANES, ROWS: Math.ceil(length / (LANES * tiles)), TILE: 0 }, tiles };
}

/** What the kernels for a kind of adapter read vectors from: an image on a processor. */
function readable(gpu: Gpu, kind: AdapterKind, tensor: Tensor): Tensor | Image {
  return kind === "cpu" ? gpu.image(tensor, 0, tensor.size) : tensor.retain();
}

/**
 * Records the forward pass with the kernels for a kind of adapter: `o` and the first of `stats`.
 */
export function streamAttention(
  gpu: Gpu,
  kind: AdapterKind,
  { length, headDim, sequenceHeads, pairs, form, params }: AttentionWork,
  { qkv, o, stats }: AttentionTensors,
): void {
  const { constants, tiles } = tiling("forward", kind, length, headDim);
  using source = readable(gpu, kind, qkv);
  gpu.run("attention_forward", { ...constants, ...form }, {
    bind: { qkv: source, o, stats },
    params: { ...params, tiles },
    grid: foldGrid(sequenceHeads * tiles),
    flops: 4 * pairs * headDim,
  });
}

/** Records the backward pass with the kernels for a kind of adapter. */
export function streamAttentionGrad(
  gpu: Gpu,
  kind: AdapterKind,
  work: AttentionWork,
  { qkv, o, stats, dO, dQkv, accumulate }: AttentionGrads,
): void {
  const { length, headDim, sequenceHeads, pairs, form } = work;
  const params = gradParams(work);
  const ACCUMULATE = Number(accumulate);
  using source = readable(gpu, kind, qkv);
  using out = readable(gpu, kind, o);
  using outGrad = readable(gpu, kind, dO);
  const queries = tiling("backwardQuery", kind, length, headDim);
  gpu.run("attention_backward_q", { ...queries.constants, ...form, ACCUMULATE }, {
    bind: { qkv: source, o: out, d_o: outGrad, stats, d_qkv: dQkv },
    params: { ...params, tiles: queries.tiles },
    grid: foldGrid(sequenceHeads * queries.tiles),
    flops: 6 * pairs * headDim,
  });
  const keys = tiling("backwardKeyValue", kind, length, headDim, 8 * headDim + 8);
  const parts = kind === "gpu" && headDim > GPU_TILES.maxHeadDimBoth
    ? [{ DK: 0, DV: 1, flops: 4 }, { DK: 1, DV: 0, flops: 6 }]
    : [{ DK: 1, DV: 1, flops: 8 }];
  for (const { DK, DV, flops } of parts) {
    gpu.run("attention_backward_kv", { ...keys.constants, ...form, DK, DV, ACCUMULATE }, {
      bind: { qkv: source, d_o: outGrad, stats, d_qkv: dQkv },
      params: { ...params, tiles: keys.tiles },
      grid: foldGrid(sequenceHeads * keys.tiles),
      flops: flops * pairs * headDim,
    });
  }
}
