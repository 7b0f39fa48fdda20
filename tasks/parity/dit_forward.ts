/**
 * Checks the DiT's forward pass.
 *
 * @module
 */

import type { Tensor } from "../../lib/gpu/tensor.ts";
import type { DenoiserInputs } from "../../lib/model/denoiser.ts";
import type { Dit } from "../../lib/model/dit.ts";
import { TIME_FEATURES } from "../../lib/model/dit_specs.ts";
import { silu } from "../../lib/ops/activation.ts";
import { rotaryAngles } from "../../lib/ops/rotary.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape, type Value } from "../../lib/ops/tape.ts";
import { timestepEmbedding } from "../../lib/ops/timestep_embedding.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { loadDit, readLogits, readLogProbs } from "./model.ts";

/** The inputs of the golden file on the GPU. */
interface Inputs {
  x: Tensor;
  tokens: Tensor;
  times: Tensor;
  targetTimes: Tensor;
}

/** Golden names of what an {@linkcode Observer} sees. */
const OBSERVED = new Map([
  ["blocks.0.qkv", "block0.qkv_rotated"],
  ["blocks.0.heads", "block0.attn"],
]);

/** Checks `dit_forward`. */
export async function checkDitForward(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const gpu = await resources.gpu();
  const { weights } = await golden.description<{
    weights: { model: string; shared_sigma_map: string };
  }>();
  using model = await loadDit(context, weights.model);
  using tokens = gpu.tensor(new Uint32Array(await golden.read("tokens", "i32")));
  using x = gpu.tensor(await golden.read("x"), [tokens.size, model.config.vocabSize]);
  using times = gpu.tensor(await golden.read("t"));
  using targetTimes = gpu.tensor(await golden.read("t_prime"));
  const inputs = { x, tokens, times, targetTimes };

  await checkTimes(context, model, inputs);
  await checkRotary(context, model);
  await checkStates(context, model, inputs);
  const both = { times, targetTimes };
  await checkLogits(context, model, inputs, "x", { times }, "logits_no_t_prime");
  await checkLogits(context, model, inputs, "tokens", both, "logits_tokens");
  await checkLogits(context, model, inputs, "tokens", { times }, "logits_tokens_no_t_prime");
  using shared = await loadDit(context, weights.shared_sigma_map);
  await checkLogits(context, shared, inputs, "x", both, "logits_shared_sigma_map");
}

async function checkTimes(context: CheckContext, model: Dit, inputs: Inputs): Promise<void> {
  const { gpu } = model;
  const { times, targetTimes } = inputs;
  using tape = new Tape(gpu, false);
  using features = timestepEmbedding(gpu, times, { features: TIME_FEATURES });
  using first = model.timeCondition(tape, times);
  using both = model.timeCondition(tape, times, targetTimes);
  using condition = silu(tape, both);
  const [one, sum] = [await gpu.read(first.tensor), await gpu.read(both.tensor)];
  await context.compare("t_freq", await gpu.read(features), Bound.Forward);
  await context.compare("t_emb", one, Bound.Forward);
  await context.compare("t_prime_emb", sum.map((value, i) => value - one[i]!), Bound.Forward);
  await context.compare("t_cond", await gpu.read(condition.tensor), Bound.Forward);
}

async function checkRotary(context: CheckContext, { config }: Dit): Promise<void> {
  const { cos, sin } = rotaryAngles(config.length, config.hiddenSize / config.numHeads);
  await context.compare("rotary.cos", cos, Bound.Forward);
  await context.compare("rotary.sin", sin, Bound.Forward);
}

/** Checks the run of x at both times, state by state. */
async function checkStates(context: CheckContext, model: Dit, inputs: Inputs): Promise<void> {
  const { gpu } = model;
  const { times, targetTimes } = inputs;
  const seen = new Map<string, Tensor>();
  const observe = (name: string, { tensor }: Value) => {
    const quantity = name.startsWith("hidden.") ? name : OBSERVED.get(name);
    if (quantity !== undefined) seen.set(quantity, tensor.retain());
  };
  using hidden = run(model, inputs, "x", { times, targetTimes, observe });
  for (const [quantity, tensor] of seen) {
    await context.compare(quantity, await gpu.read(tensor), Bound.Forward);
    tensor.release();
  }
  await context.compare("logits", await readLogits(model, hidden), Bound.Forward);
  await context.compare("log_probs", await readLogProbs(model, hidden), Bound.Forward);
}

async function checkLogits(
  context: CheckContext,
  model: Dit,
  inputs: Inputs,
  source: "x" | "tokens",
  times: DenoiserInputs,
  quantity: string,
): Promise<void> {
  using hidden = run(model, inputs, source, times);
  await context.compare(quantity, await readLogits(model, hidden), Bound.Forward);
}

/** The hidden states that the output projection turns into logits. */
function run(model: Dit, inputs: Inputs, source: "x" | "tokens", options: DenoiserInputs): Tensor {
  const { gpu } = model;
  const { x, tokens } = inputs;
  using tape = new Tape(gpu, false);
  using embedded = source === "x"
    ? model.embedDense(tape, tensorRows(gpu, x), tokens.size)
    : model.embedTokens(tape, tokens);
  return model.forward(tape, embedded, options).tensor;
}
