/**
 * Cross-entropy fused with the output projection.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Parameter } from "../model/parameters.ts";
import {
  firstRows,
  headBackward,
  headLogits,
  headValues,
  type HiddenGrad,
  type RowChunk,
  rowChunks,
} from "./head.ts";
import { type RowLanes, rowLayout } from "./softmax.ts";
import type { Tape, Value } from "./tape.ts";

const WORKGROUP = 64;

/** Options of {@linkcode crossEntropyHead}. */
export interface CrossEntropyOptions extends RowLanes {
  /** Cap of the logits before the softmax, or null. */
  logitCap: number | null;
  /** The most bytes of logits at once; see {@linkcode rowChunks}. */
  chunkBytes?: number;
}

/**
 * The loss of every row, `−log softmax(z)[target]` with logits `l = hidden · Wᵀ + b` and
 * `z = cap · tanh(l / cap)`, or `z = l` without a cap: hidden [..., H], weight [V, H], bias [V],
 * targets `u32` below V, one for each row; result [rows] in nats (the reference's
 * `FLM.loss`).
 *
 * Saves hidden and the rows' log-sum-exp; the logits are computed again in backward, unless
 * all of them fitted into one chunk, which is then saved too.
 *
 * @throws {GpuError} if the shapes do not fit, or a row of logits does not fit a chunk.
 */
export function crossEntropyHead(
  tape: Tape,
  hidden: Value,
  weight: Parameter,
  bias: Parameter,
  targets: Tensor,
  options: CrossEntropyOptions,
): Value {
  const { gpu } = tape;
  const { logitCap, chunkBytes } = options;
  const [V = 0, H = 0] = weight.shape;
  const M = hidden.tensor.size / H;
  if (targets.size !== M) {
    throw new GpuError(`There are ${targets.size} targets for ${M} rows of hidden states.`);
  }
  const inputs = [hidden, ...headValues(weight, bias)];
  const chunks = rowChunks(gpu, M, V, chunkBytes);
  const scratch = () => gpu.empty([chunks[0]!.rows, V]);
  const logitsOf = (chunk: RowChunk, logits: Tensor) =>
    headLogits(gpu, hidden.tensor, weight, bias, { logitCap: null, ...chunk, target: logits });

  using lse = gpu.empty([M, 2]);
  const loss = gpu.empty([M]);
  using logits = scratch();
  for (const chunk of chunks) {
    const part = firstRows(logits, chunk.rows);
    logitsOf(chunk, part);
    forward(gpu, part, chunk, { targets, lse, loss }, options);
  }
  const kept = chunks.length === 1 ? logits : undefined;

  const saved = [hidden.tensor, lse, targets, ...(kept ? [kept] : [])];
  return tape.record(loss, inputs, saved, (dloss) => {
    const run = (dHidden?: HiddenGrad) => {
      using logits = kept?.retain() ?? scratch();
      for (const chunk of chunks) {
        const part = firstRows(logits, chunk.rows);
        if (kept === undefined) logitsOf(chunk, part);
        backward(gpu, part, chunk, { targets, lse, dloss }, logitCap);
        headBackward(gpu, part, chunk, hidden.tensor, weight, bias, dHidden);
      }
    };
    if (!hidden.needsGrad) run();
    else hidden.addGrad(gpu, (target, accumulate) => run({ target, accumulate }));
  });
}

function forward(
  gpu: Gpu,
  logits: Tensor,
  { rowStart, rows }: RowChunk,
  tensors: { targets: Tensor; lse: Tensor; loss: Tensor },
  options: CrossEntropyOptions,
): void {
  const vocab = logits.size / rows;
  const { constants, grid } = rowLayout(gpu, rows, vocab, options);
  gpu.run("cross_entropy_forward", { ...constants, CAP: Number(options.logitCap !== null) }, {
    bind: { logits, ...tensors },
    params: { rows, vocab, row_start: rowStart, cap: options.logitCap ?? 0 },
    grid,
  });
}

/** Turns logits into their gradient, in place. */
function backward(
  gpu: Gpu,
  logits: Tensor,
  { rowStart, rows }: RowChunk,
  tensors: { targets: Tensor; lse: Tensor; dloss: Tensor },
  logitCap: number | null,
): void {
  const vocab = logits.size / rows;
  gpu.run("cross_entropy_backward", { WG: WORKGROUP, CAP: Number(logitCap !== null) }, {
    bind: { logits, ...tensors },
    params: { rows, vocab, row_start: rowStart, cap: logitCap ?? 0 },
    grid: foldGrid(Math.ceil(logits.size / WORKGROUP)),
  });
}
