/**
 * Tokens that a sampler is given and holds: prompts and texts with gaps.
 *
 * The reference has nothing of the kind; this is an extension. At a position
 * whose token is given, z is set after each step to (1−γ)·n + γ·onehot, with n
 * the noise that the position started from: what z would be if the flow led to
 * that token. The other positions see it as they see each other, and follow.
 *
 * At t = 0 γ is 0, so the first step sees nothing of what is given: one step
 * alone cannot follow a prompt, and more steps follow it better.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** In place of a token: none is given, the model chooses. */
export const FREE_TOKEN = 0xffffffff;

const WORKGROUP = 64;

/** What rows of a state are held at; all as wide as the state. */
export interface HeldRows {
  /** The tokens given, `u32` [B·L], {@linkcode FREE_TOKEN} elsewhere. */
  tokens: Tensor;
  /** The noise that each row started from. */
  noise: Tensor;
  /** The one-hot rows of the tokens, or their embeddings. */
  data: Tensor;
}

/** `state[r] ← (1−γ)·noise[r] + γ·data[r]` in the rows r whose token is given. */
export function holdRows(gpu: Gpu, state: Tensor, held: HeldRows, gamma: number): void {
  const { tokens, noise, data } = held;
  gpu.run("hold_rows", { WG: WORKGROUP }, {
    bind: { tokens, noise, data, y: state },
    params: { count: state.size, cols: state.shape[1]!, gamma },
    grid: foldGrid(Math.ceil(state.size / WORKGROUP)),
  });
}

/** Puts the tokens given in place of those chosen, `u32` [B·L]. */
export function holdTokens(gpu: Gpu, chosen: Tensor, held: Tensor): void {
  gpu.run("hold_tokens", { WG: WORKGROUP }, {
    bind: { tokens: held, y: chosen },
    params: { count: chosen.size },
    grid: foldGrid(Math.ceil(chosen.size / WORKGROUP)),
  });
}
