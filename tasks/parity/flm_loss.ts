/**
 * Checks the FLM's loss and its gradients.
 *
 * @module
 */

import { timesFromDraws } from "../../lib/flow/time_sampling.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import { flmLoss } from "../../lib/methods/flm/loss.ts";
import type { Dit } from "../../lib/model/dit.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape } from "../../lib/ops/tape.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { loadDit, readLogits, readLogProbs } from "./model.ts";
import { checkMeansAndGradients, corruptRecorded } from "./training_step.ts";

interface Description {
  weights: { model: string };
  /** In the later form of the reference only. */
  loss?: { logit_cap: number };
}

/** The inputs of the loss on the GPU. */
interface Batch {
  /** Clean tokens, `u32` [B·L]. */
  tokens: Tensor;
  /** Times (alpha), [B]. */
  times: Tensor;
  /** Corrupted data, [B·L, V]. */
  corrupted: Tensor;
}

/** Checks `flm_loss`, `flm_loss_llw` and `flm_loss_capped`. */
export async function checkFlmLoss(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const gpu = await resources.gpu();
  const { weights, loss } = await golden.description<Description>();
  const logitCap = loss?.logit_cap ?? null;
  using model = await loadDit(context, weights.model, { grads: true, logitCap });

  // The later form calls time tau and gamma t.
  const isLater = golden.tensors.has("tau");
  const times = timesFromDraws({
    uniform: await golden.read("eps_t"),
    permutation: await golden.read("perm", "i32"),
  });
  await context.compare(isLater ? "tau" : "t", times, Bound.Statistic);
  const gammas = times.map((t) => resources.schedule(model.config.vocabSize).gammaAt(t));
  await context.compare(isLater ? "t" : "gamma", gammas, Bound.Statistic);

  using tokens = gpu.tensor(new Uint32Array(await golden.read("x0", "i32")));
  const x = await corruptRecorded(context, model, tokens, gammas);
  await context.compare("x_t", x, Bound.Forward);
  using corrupted = gpu.tensor(x, [tokens.size, model.config.vocabSize]);
  using timesTensor = gpu.tensor(new Float32Array(times));
  const batch = { tokens, times: timesTensor, corrupted };
  await checkProbabilities(context, model, batch, isLater);
  await checkLoss(context, model, batch);
}

async function checkProbabilities(
  context: CheckContext,
  model: Dit,
  { corrupted, times }: Batch,
  hasLogits: boolean,
): Promise<void> {
  const { gpu } = model;
  using tape = new Tape(gpu, false);
  using embedded = model.embedDense(tape, tensorRows(gpu, corrupted), corrupted.shape[0]!);
  using hidden = model.forward(tape, embedded, { times });
  if (hasLogits) {
    await context.compare("logits", await readLogits(model, hidden.tensor), Bound.Forward);
  }
  await context.compare("log_probs", await readLogProbs(model, hidden.tensor), Bound.Forward);
  if (model.config.learnableLossWeighting) {
    using weight = model.lossWeighting(tape, times);
    await context.compare("loss_weight", await gpu.read(weight.tensor), Bound.Forward);
  }
}

async function checkLoss(context: CheckContext, model: Dit, batch: Batch): Promise<void> {
  const { gpu } = model;
  const { tokens, times, corrupted } = batch;
  using tape = new Tape(gpu, true);
  using losses = flmLoss(tape, model, { corrupted: tensorRows(gpu, corrupted), tokens, times });
  await context.compare("per_token_loss", await gpu.read(losses.tensor), Bound.Forward);

  await checkMeansAndGradients(context, { tape, model, losses });
}
