/**
 * Models with random weights.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import { Dit } from "../../lib/model/dit.ts";
import type { DitConfig } from "../../lib/model/dit_specs.ts";
import { randomNumbers } from "./check_op.ts";

/**
 * A network of which all weights are random, since its output would not depend on the noise with
 * those that training begins with; those that add the same to every position are small.
 */
export function randomModel(gpu: Gpu, config: DitConfig, seed: number): Dit {
  const model = Dit.create(gpu, config, false);
  model.parameters.parameters.forEach(({ name, shape }, i) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const scale = /bias|adaLN|sigma_map/.test(name) ? 0.1 : 1;
    const values = randomNumbers(size, 100 * seed + i).map((value) => scale * value);
    model.parameters.write(name, values);
  });
  return model;
}
