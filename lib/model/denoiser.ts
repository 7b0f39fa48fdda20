/**
 * What losses, samplers and measures ask of a network: embedded sequences in, hidden states of an
 * output projection out. The DiT is one.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { DropoutDraw } from "../ops/dropout.ts";
import type { BiasedHead } from "../ops/head.ts";
import type { Parameter } from "../ops/parameter.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { RowSource } from "../ops/vocabulary.ts";
import type { DitConfig } from "./dit_specs.ts";

/** The random draw that a training step's dropout masks come from. */
export interface DropoutStep extends Pick<DropoutDraw, "key" | "step" | "firstSample" | "samples"> {
  /** Which evaluation within the step this is, 0 unless told: each has masks of its own. */
  pass?: number;
}

/**
 * Called with intermediate values: `hidden.N` [B·L, H], before block 0 (N = 0) and after each
 * block, `blocks.N.qkv` [B·L, 3H] (q and k rotated) and `blocks.N.heads` [B·L, H], the
 * attention before its output projection.
 */
export type Observer = (name: string, value: Value) => void;

/** What a {@linkcode Denoiser} is given besides the embedded sequences. */
export interface DenoiserInputs {
  /** Time t of each sample, the discrete-signal time alpha: [B]. */
  times: Tensor;
  /** Target time of each sample for flow maps: [B]. */
  targetTimes?: Tensor | undefined;
  /** Dropout in training; none unless given. */
  dropout?: DropoutStep | undefined;
  /** Sees what is computed on the way. */
  observe?: Observer | undefined;
}

/** The sizes and options of a {@linkcode Denoiser} that others must know. */
export type DenoiserConfig = Pick<
  DitConfig,
  "vocabSize" | "length" | "hiddenSize" | "logitCap" | "doubleTemb" | "learnableLossWeighting"
>;

/** A network that predicts all positions at once, for given times. */
export interface Denoiser {
  /** Where it lives. */
  readonly gpu: Gpu;
  /** Sizes and options. */
  readonly config: DenoiserConfig;
  /** The embedding matrix E [V, H]. */
  readonly embedding: Parameter;
  /** The output projection from hidden states to logits. */
  readonly head: BiasedHead;
  /** Embeds dense rows: x · E, [rows, H]. */
  embedDense(tape: Tape, source: RowSource, rows: number): Value;
  /** Embeds token ids [rows]: their rows of E, [rows, H]. */
  embedTokens(tape: Tape, tokens: Tensor): Value;
  /** The hidden states [B·L, H] that the output projection turns into logits. */
  forward(tape: Tape, embedded: Value, inputs: DenoiserInputs): Value;
  /** The log of the learned loss weight of each sample, w [B], if the configuration has it. */
  lossWeighting(tape: Tape, times: Tensor): Value;
}
