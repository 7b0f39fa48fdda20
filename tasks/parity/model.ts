/**
 * Loads the golden models.
 *
 * @module
 */

import { CheckpointError } from "../../lib/errors.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import type { Denoiser } from "../../lib/model/denoiser.ts";
import { Dit } from "../../lib/model/dit.ts";
import { loadTensors } from "../../lib/model/named_tensors.ts";
import { logitRows } from "../../lib/ops/head.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { logSoftmaxRows } from "../../lib/ops/softmax.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import type { CheckContext } from "./check.ts";
import { readDescription } from "./golden_file.ts";

/** The sizes of a model as golden descriptions give them. */
interface ModelDescription {
  vocab_size: number;
  hidden_size: number;
  cond_dim: number;
  n_blocks: number;
  n_heads: number;
  /** Sequence length L. */
  length: number;
  double_temb?: boolean;
  learnable_loss_weighting?: boolean;
}

/** How to load a model. */
export interface LoadOptions {
  /** Whether to keep gradients. */
  grads?: boolean;
  /** Cap of the logits; none unless given. */
  logitCap?: number | null;
}

/**
 * A DiT with the weights of a golden file, beside the file being checked.
 *
 * @param weights The file's name, such as `tiny_weights_flm.safetensors`.
 * @throws {CheckpointError} if a parameter is missing, has another shape or is unknown.
 */
export async function loadDit(
  { golden, resources }: CheckContext,
  weights: string,
  { grads = false, logitCap = null }: LoadOptions = {},
): Promise<Dit> {
  const path = `${golden.dir}/${weights}`;
  using file = await SafetensorsFile.open(path);
  const { model } = await readDescription<{ model: ModelDescription }>(
    path.replace(/\.safetensors$/, ".json"),
  );
  const gpu = await resources.gpu();
  const dit = Dit.create(gpu, {
    vocabSize: model.vocab_size,
    length: model.length,
    hiddenSize: model.hidden_size,
    numBlocks: model.n_blocks,
    numHeads: model.n_heads,
    condDim: model.cond_dim,
    dropout: 0,
    doubleTemb: model.double_temb ?? false,
    learnableLossWeighting: model.learnable_loss_weighting ?? false,
    logitCap,
  }, grads);
  try {
    for (const name of file.tensors.keys()) {
      if (dit.parameters.find(name) === undefined) {
        throw new CheckpointError(`${path} has the tensor ${name}, which is no parameter`);
      }
    }
    await loadTensors(gpu, file, dit.parameters.tensors);
    if (resources.precision === "mixed") dit.parameters.keepHalves();
    return dit;
  } catch (error) {
    dit[Symbol.dispose]();
    throw error;
  }
}

/** The logits of `hidden` [rows, H] before any cap, [rows, V]. */
export async function readLogits(dit: Denoiser, hidden: Tensor): Promise<Float32Array> {
  using logits = computeLogits(dit, hidden);
  return await dit.gpu.read(logits);
}

/** The log-probabilities of `hidden` [rows, H], with the model's cap, [rows, V]. */
export async function readLogProbs(dit: Denoiser, hidden: Tensor): Promise<Float32Array> {
  using logits = computeLogits(dit, hidden);
  logSoftmaxRows(dit.gpu, logits, { cap: dit.config.logitCap });
  return await dit.gpu.read(logits);
}

/** The probabilities of `hidden` [rows, H], with the model's cap, [rows, V]. */
export async function readProbs(dit: Denoiser, hidden: Tensor): Promise<Float32Array> {
  return (await readLogProbs(dit, hidden)).map(Math.exp);
}

/** x·E, [rows, H], for rows x [rows, V]. */
export async function readEmbedded(
  dit: Denoiser,
  rows: Float32Array<ArrayBuffer>,
): Promise<Float32Array<ArrayBuffer>> {
  const { gpu, config: { vocabSize } } = dit;
  using x = gpu.tensor(rows, [rows.length / vocabSize, vocabSize]);
  using tape = new Tape(gpu, false);
  using embedded = dit.embedDense(tape, tensorRows(gpu, x), x.shape[0]!);
  return await gpu.read(embedded.tensor);
}

function computeLogits(dit: Denoiser, hidden: Tensor): Tensor {
  const rows = hidden.shape[0]!;
  const target = dit.gpu.empty([rows, dit.config.vocabSize], hidden.dtype);
  logitRows(dit.gpu, hidden, dit.head).write(target, 0, 0);
  return target;
}
