/**
 * Initial parameters, drawn on the GPU.
 *
 * @module
 */

import { sizeOf } from "../gpu/tensor.ts";
import { fill } from "../ops/tape.ts";
import { fillUniform } from "../random/fill.ts";
import { Philox, Stream } from "../random/philox.ts";
import type { Network } from "./network.ts";

/** How a network begins, where there is a choice. */
export interface InitialiseOptions {
  /** How the output projection [V, H] begins; `zero`, as its specification says, unless told. */
  readonly headInit?: "zero" | "embedding";
}

const EMBEDDING = "vocab_embed.embedding";
const HEAD = "output_layer.linear.weight";
/** Chosen by a try: the first steps neither overshoot nor have to grow it. */
const HEAD_SCALE = 2;

/**
 * Draws all parameters of a network as the reference's modules do (see `ditParameterSpecs`).
 * A parameter's numbers depend on the seed and its name's place alone, not on how it is split.
 *
 * With `headInit: "embedding"`, which the reference does not have, the output projection W begins
 * as twice the embedding E. The network, whose blocks are the identity at first, then gives token k
 * the logit 2·E_k·LN(x·E), the filter that is matched to E_k in noise: it knows tokens that stand
 * out of the noise from the first step on. From zero it must find that out token by token, from
 * inputs in which, with V much larger than H, hardly any token can be seen.
 */
export function initialise(
  { parameters }: Pick<Network, "parameters">,
  seed: number,
  { headInit = "zero" }: InitialiseOptions = {},
): void {
  const { key } = new Philox(seed, Stream.Init);
  const { specs, gpu } = parameters;
  const embedding = specs.findIndex(({ name }) => name === EMBEDDING);
  specs.forEach((spec, place) => {
    const isMatched = headInit === "embedding" && spec.name === HEAD;
    const { init } = isMatched ? specs[embedding]! : spec;
    const [index, scale] = isMatched ? [embedding, HEAD_SCALE] : [place, 1];
    const rowSize = sizeOf(spec.shape.slice(1));
    for (const { rowStart, value } of parameters.get(spec.name).windows) {
      if (init.kind === "constant") fill(gpu, value.tensor, init.value);
      else {
        const draw = { key, counter: [index, 0, 0] as const, start: rowStart * rowSize };
        fillUniform(gpu, value.tensor, draw, -scale * init.bound, scale * init.bound);
      }
    }
  });
}
