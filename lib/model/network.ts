/**
 * What the transformers have in common, and what a trainer needs to know of them.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { linear } from "../ops/linear.ts";
import { RotaryTable } from "../ops/rotary.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { Denoiser } from "./denoiser.ts";
import type { DitConfig } from "./dit_specs.ts";
import type { ParameterSpec, ParameterStore } from "./parameters.ts";

/** A transformer with its parameters on the GPU. */
export abstract class Network implements Disposable {
  /** Where it lives. */
  readonly gpu: Gpu;
  /** Sizes and options. */
  readonly config: DitConfig;
  /** The parameters, under the reference's names. */
  readonly parameters: ParameterStore;
  /** The rotary positions of its heads. */
  protected readonly rotaryTable: RotaryTable;
  #ownsParameters = false;

  /** A network over given parameters, which it does not own (an EMA's, say). */
  constructor(gpu: Gpu, config: DitConfig, parameters: ParameterStore) {
    this.gpu = gpu;
    this.config = config;
    this.parameters = parameters;
    this.rotaryTable = new RotaryTable(gpu, config.length, config.hiddenSize / config.numHeads);
  }

  /** Makes a network the owner of its parameters. */
  protected static owner<M extends Network>(network: M): M {
    network.#ownsParameters = true;
    return network;
  }

  /** Frees what the network owns. */
  [Symbol.dispose](): void {
    if (this.#ownsParameters) this.parameters[Symbol.dispose]();
    this.rotaryTable[Symbol.dispose]();
  }

  /** A parameter by its name. */
  protected value(name: string): Value {
    return this.parameters.get(name).value;
  }

  /** `x · weightᵀ`, plus the bias if the layer has one. */
  protected linear(tape: Tape, x: Value, layer: string): Value {
    const bias = this.parameters.find(`${layer}.bias`)?.value;
    return linear(tape, x, this.value(`${layer}.weight`), bias);
  }
}

/** A network that can be trained, loaded and asked as a {@linkcode Denoiser}. */
export type DenoiserNetwork = Network & Denoiser;

/** The ways in which a network is made. */
export interface NetworkClass<M extends Network> {
  /** Its parameters for given sizes. */
  specs(config: DitConfig): ParameterSpec[];
  /** With parameters of its own, all zero, and gradients if it is to be trained. */
  create(gpu: Gpu, config: DitConfig, grads: boolean): M;
  /** Over parameters that it does not own. */
  new (gpu: Gpu, config: DitConfig, parameters: ParameterStore): M;
}
