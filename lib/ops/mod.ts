/**
 * The differentiable operations that models are built from: each records its kernels on a tape,
 * and its gradient; and the random numbers that losses are made of.
 *
 * An operation takes a {@linkcode Tape} and {@linkcode Value}s, and gives a value that its caller
 * owns. `tape.backward(loss)` runs the gradients. An operation of one's own calls `tape.record`
 * with what it computed and how its gradient passes on; `./gpu` has what its kernels need. Nothing
 * is as wide as the vocabulary times the batch: losses take hidden states and a {@linkcode Head},
 * and make logits chunk by chunk.
 *
 * @example The gradient of a sum of GELUs
 * ```ts
 * import { assert } from "@std/assert";
 * import { Gpu } from "@flm/flm/gpu";
 * import { gelu, Tape, Value } from "@flm/flm/ops";
 *
 * using gpu = await Gpu.open();
 * using tape = new Tape(gpu, true);
 * using x = new Value(gpu.tensor(Float32Array.of(-1, 0, 1)), true);
 * using y = gelu(tape, x);
 * tape.backward(y);
 * const gradient = await gpu.read(x.grad!);
 * assert(Math.abs(gradient[1]! - 0.5) < 1e-6);
 * x.dropGrad();
 * ```
 *
 * @module
 */

export { gelu, geluErf, silu } from "./activation.ts";
export { add } from "./add.ts";
export { type ArgmaxOptions, argmaxRows, NO_CLASS } from "./argmax.ts";
export {
  attention,
  type AttentionOptions,
  type AttentionShape,
  type AttentionVariant,
} from "./attention.ts";
export { type ChunkedLoss, chunkedLoss, type ChunkedLossOptions } from "./chunked_loss.ts";
export { type CorruptedData, corruptedRows, type NoiseDraw, noiseRows } from "./corruption.ts";
export { crossEntropyHead, type CrossEntropyOptions } from "./cross_entropy.ts";
export { type Elementwise, elementwise, vectorwise } from "./elementwise.ts";
export { embedDense, type EmbedDenseOptions, embedTokens } from "./embedding.ts";
export type { DropoutDraw } from "./dropout.ts";
export { dropoutResidual, gatedResidual, type GatedResidualOptions } from "./gated_residual.ts";
export {
  gatedResidualNorm,
  type GatedResidualNormOptions,
  type NormedSum,
} from "./gated_residual_norm.ts";
export { type BiasedHead, type Head, logitRows, probabilityRows, type Sharpening } from "./head.ts";
export { gramFactor, JITTER } from "./gram_factor.ts";
export {
  layerNorm,
  layerNormModulate,
  type LayerNormModulateOptions,
  type LayerNormOptions,
} from "./layer_norm.ts";
export { linear, type LinearOptions } from "./linear.ts";
export { applyLossWeighting, lossWeightingGrad } from "./loss_weighting.ts";
export { Parameter, type ParameterWindow } from "./parameter.ts";
export { recomputed, type RecordPart } from "./recompute.ts";
export { rotary, type RotaryOptions, RotaryTable } from "./rotary.ts";
export { oneHotRows, tensorRows } from "./row_sources.ts";
export { type RowTerm, sumOfTerms } from "./row_terms.ts";
export { scale } from "./scale.ts";
export { type ScaledTerm, sumScaledRows } from "./scaled_rows.ts";
export {
  type MixedPrediction,
  type PredictedTarget,
  softCrossEntropyHead,
  type SoftCrossEntropyOptions,
  type TokenTarget,
} from "./soft_cross_entropy.ts";
export type { RowLanes } from "./softmax.ts";
export {
  type LinearErrorOptions,
  squaredErrorHead,
  type SquaredErrorOptions,
  squaredErrorSoftmaxHead,
} from "./squared_error.ts";
export { timestepEmbedding } from "./timestep_embedding.ts";
export { type RowTeams, rowTeams } from "./lanes.ts";
export {
  matmul,
  type MatmulArgs,
  type MatmulVariant,
  type MatmulWay,
  type Matrix,
} from "./matmul.ts";
export { checkVariants, type VariantAnswer } from "./known_answers.ts";
export type { RegisterTileName } from "./matmul_register.ts";
export type { TileName } from "./matmul_tiled.ts";
export { Tape, Value, type WriteGrad } from "./tape.ts";
export { type Draw, fillNormal, fillUniform } from "../random/fill.ts";
export { type Lanes, Philox, seedWords, Stream } from "../random/philox.ts";
export {
  type Chunk,
  type ChunkOptions,
  chunksOf,
  type ChunkTensors,
  type DivisionOptions,
  forEachChunk,
  type RowSource,
} from "./vocabulary.ts";
export { type MeanOfLosses, weightedMean, weightedMeanGrad } from "./weighted_mean.ts";
