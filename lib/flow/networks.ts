/**
 * The networks of a sampler, and what they answer.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";
import type { Sharpening } from "../ops/head.ts";

/** The networks that a sampler asks. */
export interface FlowNetworks {
  /** Predicts the data: p is the softmax of its logits. The frozen teacher, if it is corrected. */
  denoiser: Denoiser;
  /** The student whose logits g correct the teacher's steps; undefined where nothing does. */
  correction?: Denoiser | undefined;
}

/** The hidden states [B·L, H] that the networks gave in a step, and how they are read. */
export interface StepOutputs {
  /** The denoiser's. */
  prediction: Tensor;
  /** The correcting network's. */
  correction?: Tensor | undefined;
  /** What is done to the denoiser's probabilities p; nothing unless told. */
  sharpening?: Sharpening | undefined;
}
