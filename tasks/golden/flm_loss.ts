/**
 * Checks the FLM's loss and its gradients.
 *
 * @module
 */

import { flmLoss } from "../../lib/flow/flm_loss.ts";
import { timesFromDraws } from "../../lib/flow/time_sampling.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import type { Dit } from "../../lib/model/dit.ts";
import { corruptChunk, noiseChunk, type NoiseDraw } from "../../lib/ops/corruption.ts";
import { denseTensor } from "../../lib/ops/embedding.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { weightedMean } from "../../lib/ops/weighted_mean.ts";
import { gradNorm } from "../../lib/train/grad_norm.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { loadDit, readLogits, readLogProbs } from "./model.ts";

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
  const gammas = times.map((t) => resources.schedule(model.config.vocabSize).gammaOfAlpha(t));
  await context.compare(isLater ? "t" : "gamma", gammas, Bound.Statistic);

  using tokens = gpu.tensor(new Uint32Array(await golden.read("x0", "i32")));
  const x = await corrupt(context, model, tokens, gammas);
  await context.compare("x_t", x, Bound.Forward);
  using corrupted = gpu.tensor(x, [tokens.size, model.config.vocabSize]);
  using timesTensor = gpu.tensor(new Float32Array(times));
  const batch = { tokens, times: timesTensor, corrupted };
  await checkProbabilities(context, model, batch, isLater);
  await checkLoss(context, model, batch);
}

/**
 * x_t as the kernel makes it. The kernel draws its own noise, so that this is taken out again and
 * the recorded noise put in.
 */
async function corrupt(
  { golden }: CheckContext,
  { gpu, config }: Dit,
  tokens: Tensor,
  gammas: Float64Array,
): Promise<Float32Array> {
  const { length, vocabSize } = config;
  const draw: NoiseDraw = { key: [1, 2], step: 3, firstSample: 4, length };
  using gammasTensor = gpu.tensor(new Float32Array(gammas));
  using target = gpu.empty([tokens.size, vocabSize]);
  const chunk = { ...draw, target, rowStart: 0, columnStart: 0 };
  noiseChunk(gpu, chunk);
  const drawn = await gpu.read(target);
  corruptChunk(gpu, { ...chunk, tokens, gammas: gammasTensor });
  const corrupted = await gpu.read(target);
  const recorded = await golden.read("noise");
  return corrupted.map((value, i) => {
    const gamma = gammas[Math.floor(i / (length * vocabSize))]!;
    return value + (1 - gamma) * (recorded[i]! - drawn[i]!);
  });
}

async function checkProbabilities(
  context: CheckContext,
  model: Dit,
  { corrupted, times }: Batch,
  hasLogits: boolean,
): Promise<void> {
  const { gpu } = model;
  using tape = new Tape(gpu, false);
  using embedded = model.embedDense(tape, denseTensor(gpu, corrupted), corrupted.shape[0]!);
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
  const { gpu, parameters } = model;
  const { tokens, times, corrupted } = batch;
  using tape = new Tape(gpu, true);
  using losses = flmLoss(tape, model, { corrupted: denseTensor(gpu, corrupted), tokens, times });
  await context.compare("per_token_loss", await gpu.read(losses.tensor), Bound.Forward);

  const valid = await context.golden.read("valid_tokens");
  using mask = gpu.tensor(valid);
  using aside = new Tape(gpu, false);
  using masked = weightedMean(aside, losses, mask, valid.reduce((sum, flag) => sum + flag, 0));
  await context.compare("masked_mean_loss", await gpu.read(masked.tensor), Bound.Forward);

  using mean = weightedMean(tape, losses, null, tokens.size);
  await context.compare("mean_loss", await gpu.read(mean.tensor), Bound.Forward);
  tape.backward(mean);
  using norm = gradNorm(gpu, parameters);
  await context.compare("grad_norm", await gpu.read(norm), Bound.Gradient);
  for (const { name } of parameters.parameters) {
    await context.compare(`grad.${name}`, await parameters.read(name, "grad"), Bound.Gradient);
  }
}
