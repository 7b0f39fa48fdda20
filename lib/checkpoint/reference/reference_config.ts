/**
 * The configuration of a model in the reference's words.
 *
 * @module
 */

import { trainingConfig } from "../../config/config.ts";
import { emaDecayOf } from "../ema_decay.ts";
import type { CheckpointState } from "../state.ts";
import { decayOf, type Weights } from "../trained_model.ts";
import { algorithmOf } from "./kinds.ts";

/**
 * What the reference would have been told to make such a model, as far as it has words for it: the
 * groups `algo`, `model`, `data`, `training`, `optim`, `loader` and `trainer` of its configuration.
 *
 * @param weights Those that are written, of which one decay of several may be.
 * @throws {CheckpointError} if the reference has no such models.
 */
export function referenceConfig(
  state: CheckpointState,
  location: string,
  weights: Weights,
): Record<string, Record<string, unknown>> {
  const { kind, config, model, tokenizer } = state;
  const { optim, train } = trainingConfig(config, kind === "flm" ? null : sectionOf(kind));
  return {
    algo: {
      name: algorithmOf(kind, location),
      double_temb: model.doubleTemb,
      learnable_loss_weighting: model.learnableLossWeighting,
    },
    model: {
      hidden_size: model.hiddenSize,
      cond_dim: model.condDim,
      length: model.length,
      n_blocks: model.numBlocks,
      n_heads: model.numHeads,
      dropout: model.dropout,
      vocab_size: model.vocabSize,
      logit_cap: model.logitCap,
    },
    data: { tokenizer_name_or_path: tokenizer.name, wrap: config.data.packing !== "padded" },
    training: { ema: decayOf(weights) ?? emaDecayOf(state) },
    optim: {
      lr: optim.lr,
      beta1: optim.beta1,
      beta2: optim.beta2,
      eps: optim.eps,
      weight_decay: optim.weightDecay,
    },
    loader: { global_batch_size: train.batchSize },
    trainer: { max_steps: train.numSteps },
  };
}

function sectionOf(kind: string): "distill" | "secondStage" {
  return kind === "second_stage" ? "secondStage" : "distill";
}
