/**
 * What a trainer needs to know of a network.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { DitConfig } from "./dit_specs.ts";
import type { ParameterStore } from "./parameters.ts";

/** A network with its parameters on the GPU. */
export interface Network extends Disposable {
  /** Where it lives. */
  readonly gpu: Gpu;
  /** Its sizes. */
  readonly config: DitConfig;
  /** Its parameters. */
  readonly parameters: ParameterStore;
}

/** The ways in which a network is made. */
export interface NetworkClass<M extends Network> {
  /** With parameters of its own, all zero, and gradients if it is to be trained. */
  create(gpu: Gpu, config: DitConfig, grads: boolean): M;
  /** Over parameters that it does not own. */
  new (gpu: Gpu, config: DitConfig, parameters: ParameterStore): M;
}
