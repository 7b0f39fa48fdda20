/**
 * The networks of a sampler, and what they answer.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";

/** The networks that a sampler asks. */
export interface FlowNetworks {
  /** Predicts the data: p is the softmax of its logits. In stage 1 this is the teacher. */
  denoiser: Denoiser;
  /** Stage 1 only: the student, whose logits g correct the teacher's step. */
  correction?: Denoiser | undefined;
}

/** The hidden states [B·L, H] that the networks gave in a step. */
export interface StepOutputs {
  /** The denoiser's. */
  prediction: Tensor;
  /** The correcting network's. */
  correction?: Tensor | undefined;
}
