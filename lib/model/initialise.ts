/**
 * Initial parameters, drawn on the GPU.
 *
 * @module
 */

import { Philox, Stream } from "../flow/philox.ts";
import { sizeOf } from "../gpu/tensor.ts";
import { fillUniform } from "../ops/random.ts";
import { fill } from "../ops/tape.ts";
import type { Dit } from "./dit.ts";
import { ditParameterSpecs } from "./dit_specs.ts";

/**
 * Draws all parameters as the reference's modules do (see {@linkcode ditParameterSpecs}).
 * A parameter's numbers depend on the seed and its name's place alone, not on how it is split.
 */
export function initialise(model: Dit, seed: number): void {
  const { key } = new Philox(seed, Stream.Init);
  ditParameterSpecs(model.config).forEach(({ name, shape, init }, index) => {
    const rowSize = sizeOf(shape.slice(1));
    for (const { rowStart, value } of model.parameters.get(name).windows) {
      if (init.kind === "constant") fill(model.gpu, value.tensor, init.value);
      else {
        const draw = { key, counter: [index, 0, 0] as const, start: rowStart * rowSize };
        fillUniform(model.gpu, value.tensor, draw, -init.bound, init.bound);
      }
    }
  });
}
