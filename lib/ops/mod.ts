/**
 * The differentiable operations that models are built from: each records its kernels on a tape,
 * and its gradient.
 *
 * @module
 */

export { gelu, geluErf, silu } from "./activation.ts";
export { add } from "./add.ts";
export { attention, type AttentionOptions, type AttentionShape } from "./attention.ts";
export type { ChunkOptions } from "./chunked_loss.ts";
export { crossEntropyHead, type CrossEntropyOptions } from "./cross_entropy.ts";
export {
  type DenseSource,
  denseTensor,
  embedDense,
  type EmbedDenseOptions,
  embedTokens,
} from "./embedding.ts";
export {
  type DropoutDraw,
  dropoutResidual,
  gatedResidual,
  type GatedResidualOptions,
} from "./gated_residual.ts";
export {
  layerNorm,
  layerNormModulate,
  type LayerNormModulateOptions,
  type LayerNormOptions,
} from "./layer_norm.ts";
export { linear, type LinearOptions } from "./linear.ts";
export { applyLossWeighting } from "./loss_weighting.ts";
export { rotary, type RotaryOptions, RotaryTable } from "./rotary.ts";
export {
  headRows,
  type HeadRowsOptions,
  oneHotRows,
  type RowSource,
  type RowTerm,
} from "./row_terms.ts";
export { scale } from "./scale.ts";
export { softCrossEntropyHead, type SoftCrossEntropyOptions } from "./soft_cross_entropy.ts";
export type { RowLanes } from "./softmax.ts";
export {
  type LinearErrorOptions,
  type SoftmaxErrorOptions,
  squaredErrorHead,
  type SquaredErrorOptions,
  squaredErrorSoftmaxHead,
} from "./squared_error.ts";
export { Tape, Value, type WriteGrad } from "./tape.ts";
export { weightedMean } from "./weighted_mean.ts";
