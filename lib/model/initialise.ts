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

/**
 * Draws all parameters of a network as the reference's modules do (see `ditParameterSpecs`).
 * A parameter's numbers depend on the seed and its name's place alone, not on how it is split.
 */
export function initialise({ parameters }: Pick<Network, "parameters">, seed: number): void {
  const { key } = new Philox(seed, Stream.Init);
  parameters.specs.forEach(({ name, shape, init }, index) => {
    const rowSize = sizeOf(shape.slice(1));
    for (const { rowStart, value } of parameters.get(name).windows) {
      if (init.kind === "constant") fill(parameters.gpu, value.tensor, init.value);
      else {
        const draw = { key, counter: [index, 0, 0] as const, start: rowStart * rowSize };
        fillUniform(parameters.gpu, value.tensor, draw, -init.bound, init.bound);
      }
    }
  });
}
