/**
 * The learnable weighting of losses by time.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { elementwise } from "./elementwise.ts";
import { workgroupSize } from "./lanes.ts";
import type { Tape, Value } from "./tape.ts";

/**
 * `y[m] = exp(−w[b])·loss[m] + w[b]` for the sample b = ⌊m / length⌋ of each token: loss
 * [B·length], w [B] or [B, 1], the log of each sample's weight. (The reference's
 * `learnable_loss_weighting` in `FLM.loss`.)
 *
 * Saves loss and w for backward.
 *
 * @throws {GpuError} if the shapes do not fit.
 */
export function applyLossWeighting(tape: Tape, loss: Value, w: Value, length: number): Value {
  const { gpu } = tape;
  const { constants, count, grid } = elementwise(gpu.kind, loss.tensor.size);
  const samples = w.tensor.size;
  requireSamples(samples, count, length);
  const y = gpu.empty(loss.shape);
  gpu.run("loss_weighting_forward", constants, {
    bind: { loss: loss.tensor, w: w.tensor, y },
    params: { count, length },
    grid,
  });
  return tape.record(y, [loss, w], [loss.tensor, w.tensor], (dy) => {
    loss.addGrad(gpu, (dloss, accumulate) => lossGrad(gpu, w, length, { dy, dloss, accumulate }));
    w.addGrad(gpu, (dw, accumulate) => {
      const LANES = workgroupSize(gpu.kind);
      gpu.run(
        "loss_weighting_backward_w",
        { LANES, ACCUMULATE: Number(accumulate) },
        {
          bind: { loss: loss.tensor, w: w.tensor, dy, dw },
          params: { samples, length },
          grid: foldGrid(samples),
        },
      );
    });
  });
}

/**
 * The gradient that {@linkcode applyLossWeighting} hands on to losses, before there are any:
 * `exp(−w[b])·dy[m]`, as many as dy.
 *
 * @throws {GpuError} if the shapes do not fit.
 */
export function lossWeightingGrad(gpu: Gpu, w: Value, dy: Tensor, length: number): Tensor {
  requireSamples(w.tensor.size, dy.size, length);
  const dloss = gpu.empty([dy.size]);
  lossGrad(gpu, w, length, { dy, dloss, accumulate: false });
  return dloss;
}

function requireSamples(samples: number, count: number, length: number): void {
  if (samples * length === count) return;
  throw new GpuError(
    `${samples} loss weights cannot weigh ${count} losses of sequences of length ${length}.`,
  );
}

/** Writes `dloss[m] (+)= exp(−w[b])·dy[m]`. */
function lossGrad(
  gpu: Gpu,
  w: Value,
  length: number,
  { dy, dloss, accumulate }: { dy: Tensor; dloss: Tensor; accumulate: boolean },
): void {
  const { constants, count, grid } = elementwise(gpu.kind, dloss.size);
  gpu.run("loss_weighting_backward_loss", { ...constants, ACCUMULATE: Number(accumulate) }, {
    bind: { w: w.tensor, dy, dloss },
    params: { count, length },
    grid,
  });
}
