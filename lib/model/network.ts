/**
 * What the transformers have in common, and what a trainer needs to know of them.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { linear } from "../ops/linear.ts";
import { recomputed, type RecordPart } from "../ops/recompute.ts";
import { RotaryTable } from "../ops/rotary.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { Denoiser } from "./denoiser.ts";
import type { DitConfig } from "./dit_specs.ts";
import type { MatrixType, ParameterSpec, ParameterStore } from "./parameters.ts";

/**
 * What a training step computes again in backward in place of keeping it: nothing, the MLP of every
 * block, or whole blocks. The numbers are the same.
 */
export type Recompute = "none" | "mlp" | "block";

/** A transformer with its parameters on the GPU. */
export abstract class Network implements Disposable {
  /** Where it lives. */
  readonly gpu: Gpu;
  /** Sizes and options. */
  readonly config: DitConfig;
  /** The parameters, under the reference's names. */
  readonly parameters: ParameterStore;
  /** What its training computes again in place of keeping it. */
  recompute: Recompute = "none";
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

  /**
   * Records a part of the network, which is computed again in backward if {@linkcode recompute}
   * names it; see {@linkcode recomputed}.
   */
  protected part(
    kind: Exclude<Recompute, "none">,
    tape: Tape,
    inputs: readonly (Value | Tensor)[],
    run: RecordPart,
  ): Value {
    return this.recompute === kind ? recomputed(tape, inputs, run) : run(tape);
  }

  /**
   * `x · weightᵀ`, plus the bias if the layer has one.
   *
   * @param known See {@linkcode RecordPart}.
   */
  protected linear(tape: Tape, x: Value, layer: string, known?: Tensor): Value {
    const bias = this.parameters.find(`${layer}.bias`)?.value;
    return linear(tape, x, this.value(`${layer}.weight`), bias, { known });
  }
}

/** A network that can be trained, loaded and asked as a {@linkcode Denoiser}. */
export type DenoiserNetwork = Network & Denoiser;

/** The ways in which a network is made. */
export interface NetworkClass<M extends Network> {
  /** Its parameters for given sizes. */
  specs(config: DitConfig): ParameterSpec[];
  /**
   * With parameters of its own, all zero, and gradients if it is to be trained; `matrices` is what
   * {@linkcode ParameterStore} is told, and may be disregarded.
   */
  create(gpu: Gpu, config: DitConfig, grads: boolean, matrices?: MatrixType): M;
  /** Over parameters that it does not own. */
  new (gpu: Gpu, config: DitConfig, parameters: ParameterStore): M;
}
