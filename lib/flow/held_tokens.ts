/**
 * Tokens that a sampler is given and holds: prompts, and texts with gaps.
 *
 * The reference has nothing of the kind; this is an extension. At a position
 * whose token is given, z is set before the first step and after each one to
 * (1−γ)·n + γ·onehot, always with the same noise n, as if the flow led from n
 * to the token. The other positions see it as they see each other, and follow.
 *
 * Two choices make them follow. They were measured on texts of 8 equal letters
 * out of 26, with the first letter given and an FLM that knows such texts; by
 * chance 4 % would follow.
 *
 * - n is √V·onehot: as long as noise is, but pointing to the token, so that it can be told from
 *   the first moment on. (With n ~ N(0, I) only 5 % of the texts follow, in any number of steps;
 *   with √V·onehot and the sampler as it is 33 %.)
 * - The noise of the other positions is renewed in every step (η = 1 in sampler_steps.ts), since
 *   it would otherwise decide the text before what is given is heard: 66 % follow in 4 steps,
 *   86 % in 16 and 97 % in 64.
 *
 * At t = 0 an FLM has learnt to see nothing but noise, so one step of it cannot follow. A flow map
 * knows what becomes of noise: in one step a denoiser flow map of these texts follows in 38 %.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { elementwise } from "../ops/elementwise.ts";

/** In place of a token: none is given, the model chooses. */
export const FREE_TOKEN = 0xffffffff;

/** What rows of a state are held at. */
export interface HeldRows {
  /** The tokens given, `u32` [B·L], {@linkcode FREE_TOKEN} elsewhere. */
  tokens: Tensor;
  /** The one-hot rows of the tokens [B·L, V], or their embeddings [B·L, H]; 0 elsewhere. */
  data: Tensor;
  /** The vocabulary's size V. */
  vocabSize: number;
}

/** `state[r] ← ((1−γ)·√V + γ)·data[r]` in the rows r whose token is given. */
export function holdRows(
  gpu: Gpu,
  state: Tensor,
  { tokens, data, vocabSize }: HeldRows,
  gamma: number,
): void {
  const { constants, count, grid } = elementwise(gpu.kind, state.size);
  gpu.run("hold_rows", constants, {
    bind: { tokens, data, y: state },
    params: {
      count,
      columns: state.shape[1]!,
      weight: (1 - gamma) * Math.sqrt(vocabSize) + gamma,
    },
    grid,
  });
}

/** Puts the tokens given in place of those chosen, `u32` [B·L]. */
export function holdTokens(gpu: Gpu, chosen: Tensor, held: Tensor): void {
  const { constants, count, grid } = elementwise(gpu.kind, chosen.size);
  gpu.run("hold_tokens", constants, {
    bind: { tokens: held, y: chosen },
    params: { count },
    grid,
  });
}
