/**
 * What exports and imports of models have in common.
 *
 * @module
 */

import type { DitConfig } from "../../model/dit_specs.ts";
import { ditParameterSpecs } from "../../model/dit_specs.ts";
import { countParameters } from "../../model/parameters.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { tokenizerFileName } from "../../text/tokenizer_file.ts";
import type { StoredType } from "../copy_tensors.ts";
import type { CheckpointState } from "../state.ts";
import type { TrainedModel, Weights } from "../trained_model.ts";
import { ForeignModel } from "./foreign_model.ts";

/** What is told of a transfer, and how it is stopped. */
export interface TransferOptions {
  /** Called as numbers are copied: with the bytes that are done, and all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops it, with the signal's reason: nothing is written then. */
  readonly signal?: AbortSignal | undefined;
}

/** How a model is exported. */
export interface ExportOptions extends TransferOptions {
  /** Which weights. */
  readonly weights: Weights;
}

/** The only weights of a model, if it has not several. */
export function onlyWeights(model: TrainedModel): Weights | undefined {
  return model instanceof ForeignModel ? model.only : undefined;
}

/** Bytes of a network's parameters, in float32 unless told. */
export function bytesOfParameters(config: DitConfig, dtype: StoredType = "F32"): number {
  return (dtype === "F32" ? 4 : 2) * countParameters(ditParameterSpecs(config));
}

/** A counter of bytes that are copied, which throws once the transfer is stopped. */
export function byteCounter(
  total: number,
  { onProgress, signal }: TransferOptions,
): (count: number) => void {
  let done = 0;
  onProgress?.(0, total);
  return (count) => {
    signal?.throwIfAborted();
    onProgress?.(done += count, total);
  };
}

/** The state of a model with the tokenizer that it was found to have, and the file of it. */
export function stateWithTokenizer(
  { state }: TrainedModel,
  { name, fingerprint, vocabulary }: Tokenizer,
): CheckpointState {
  const file = vocabulary === null ? {} : { file: tokenizerFileName(vocabulary) };
  return { ...state, tokenizer: { name, fingerprint, ...file } };
}
