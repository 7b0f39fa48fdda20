/**
 * The output projection of a network, `logits = hidden·Wᵀ + b` at vocabulary width: a source of
 * rows that are made from hidden states, and what leads back to these. Losses that are fused with
 * it are in cross_entropy.ts, soft_cross_entropy.ts and squared_error.ts.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Parameter } from "./parameter.ts";
import { softmaxRows } from "./softmax.ts";
import { sumRows } from "./sum_rows.ts";
import type { Value } from "./tape.ts";
import { topPRows } from "./top_p.ts";
import {
  addWeightGrad,
  type Chunk,
  fromVocabulary,
  type RowSource,
  toVocabulary,
} from "./vocabulary.ts";

/** An output projection. */
export interface Head {
  /** W [V, H]. */
  readonly weight: Parameter;
  /** b [V], or none. */
  readonly bias: Parameter | undefined;
  /** Cap of the logits before a softmax, or null: `cap·tanh(logits / cap)`. */
  readonly logitCap: number | null;
}

/** An output projection with a bias. */
export interface BiasedHead extends Head {
  /** b [V]. */
  readonly bias: Parameter;
}

/** The logits of hidden states [.., H] before any cap, `hidden·Wᵀ + b`. */
export function logitRows(gpu: Gpu, hidden: Tensor, { weight, bias }: Head): RowSource {
  return {
    tensors: [hidden],
    wholeRows: false,
    write(x, rowStart, columnStart) {
      toVocabulary(gpu, { x, rowStart, columnStart, hidden, weight }, { bias });
    },
  };
}

/** How much of what a network finds unlikely is kept; as it says itself unless told. */
export interface Sharpening {
  /** Divides the capped logits before the softmax, above 0; 1 unless told. */
  readonly temperature?: number | undefined;
  /** In (0, 1]: {@linkcode topPRows} cuts the probabilities if it is below 1; 1 unless told. */
  readonly topP?: number | undefined;
}

/** The softmax of the capped logits of hidden states [.., H], sharpened as may be told. */
export function probabilityRows(
  gpu: Gpu,
  hidden: Tensor,
  head: Head,
  { temperature = 1, topP = 1 }: Sharpening = {},
): RowSource {
  const logits = logitRows(gpu, hidden, head);
  return {
    tensors: [hidden],
    wholeRows: true,
    write(x, rowStart, columnStart) {
      logits.write(x, rowStart, columnStart);
      softmaxRows(gpu, x, { temperature, cap: head.logitCap });
      if (topP < 1) topPRows(gpu, x, topP);
    },
  };
}

/** Where {@linkcode headBackward} puts the gradient of the hidden states. */
export interface HiddenGrad {
  /** [.., H], all rows. */
  target: Tensor;
  /** Whether to add to it instead of overwriting the chunk's rows. */
  accumulate: boolean;
}

/**
 * The gradients of {@linkcode logitRows} for a chunk of whole rows: from dlogits [rows, V] adds
 * `dlogitsᵀ·hidden` to W's, the column sums to b's, and writes `dlogits·W` into the chunk's rows
 * of dHidden, if that is given.
 */
export function headBackward(
  gpu: Gpu,
  chunk: Chunk,
  dlogits: Tensor,
  hidden: Tensor,
  { weight, bias }: Head,
  dHidden?: HiddenGrad,
): void {
  const operands = { ...chunk, x: dlogits, weight };
  if (dHidden !== undefined) {
    fromVocabulary(gpu, { ...operands, hidden: dHidden.target }, dHidden);
  }
  addWeightGrad(gpu, { ...operands, hidden });
  bias?.value.addGrad(gpu, (db, accumulate) =>
    sumRows(gpu, {
      rows: chunk.rows,
      columns: chunk.columns,
      x: { view: dlogits },
      y: { view: db },
      accumulate,
    }));
}

/** The values whose gradients {@linkcode headBackward} adds to. */
export function headValues({ weight, bias }: Head): Value[] {
  return [...weight.windows, ...(bias?.windows ?? [])].map((window) => window.value);
}
