/**
 * Checks GPT-2's forward pass.
 *
 * @module
 */

import { Gpt2 } from "../../lib/model/gpt2.ts";
import { parseGpt2Config } from "../../lib/model/gpt2_config.ts";
import { loadGpt2Weights } from "../../lib/model/gpt2_load.ts";
import { logitRows } from "../../lib/ops/head.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

/** Checks `gpt2_logits`: logits of every position, and the losses of tokens. */
export async function checkGpt2Logits(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const gpu = await resources.gpu();
  const { model, weights } = await golden.description<{
    model: Record<string, unknown>;
    weights: { model: string };
  }>();
  using gpt2 = new Gpt2(gpu, parseGpt2Config(JSON.stringify(model), golden.stem));
  using file = await SafetensorsFile.open(`${golden.dir}/${weights.model}`);
  await loadGpt2Weights(gpt2, [file]);
  for (const name of ["a", "b"]) {
    const length = golden.tensors.get(`${name}.ids`)?.shape[1] ?? 0;
    const ids = new Uint32Array(await golden.read(`${name}.ids`, "i32"));
    using tape = new Tape(gpu, false);
    using tokens = gpu.tensor(ids);
    using hidden = gpt2.forward(tape, tokens, length);
    using logits = gpu.empty([ids.length, gpt2.config.vocabSize]);
    logitRows(gpu, hidden.tensor, gpt2.head).write(logits, 0, 0);
    await context.compare(`${name}.logits`, await gpu.read(logits), Bound.CausalForward);
    await context.compare(`${name}.nll`, await gpt2.score(ids, length), Bound.CausalForward);
  }
}
