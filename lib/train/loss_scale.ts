/**
 * The factor of the loss in mixed precision.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";
import type { Segment } from "../model/parameters.ts";
import { vectorwise } from "../ops/elementwise.ts";

/** The scale at first. */
const START = 2 ** 16;
/** Good steps in a row, after which the scale is doubled. */
const GROWTH_STEPS = 2000;
/** The largest scale: gradients of f32 weights must stay finite. */
const LARGEST = 2 ** 24;

/**
 * Gradients between layers are stored in f16, whose smallest numbers are 6e-8: the loss is
 * multiplied by a power of 2 before it is differentiated, and the gradients of the weights (f32)
 * are divided by it. A step whose gradients are not finite halves the scale (it is left out by the
 * optimizer), 2,000 good ones in a row double it, from 65,536 on (`torch.cuda.amp.GradScaler`).
 *
 * All of it happens on the device, so that the host waits for nothing.
 */
export class LossScale implements Disposable {
  /** The scale, and the good steps since it changed, [2]: both decide what comes. */
  readonly state: Tensor;
  readonly #gpu: Gpu;

  /** A scale of 65,536. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.state = gpu.tensor(Float32Array.of(START, 0));
  }

  /** For saving and loading. */
  get tensors(): NamedTensor[] {
    const { state } = this;
    return [{ name: "loss_scale", shape: state.shape, windows: [{ start: 0, tensor: state }] }];
  }

  /** Divides the gradients of some segments by the scale: exact, since it is a power of 2. */
  unscale({ segments }: { readonly segments: readonly Segment[] }): void {
    for (const { grads } of segments) {
      if (grads === undefined) continue;
      const { constants, count, grid } = vectorwise(this.#gpu.kind, grads.size);
      this.#gpu.run("unscale", constants, {
        bind: { scale: this.state, y: grads },
        params: { count },
        grid,
      });
    }
  }

  /**
   * Chooses the scale of the next step.
   *
   * @param norm The global norm of this step's gradients, [1].
   */
  update(norm: Tensor): void {
    this.#gpu.run("loss_scale", {}, {
      bind: { norm, state: this.state },
      params: { growth_steps: GROWTH_STEPS, largest: LARGEST },
      grid: [1, 1, 1],
    });
  }

  /** Frees it. */
  [Symbol.dispose](): void {
    this.state.release();
  }
}
