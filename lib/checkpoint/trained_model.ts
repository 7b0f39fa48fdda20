/**
 * A trained model wherever it comes from: what those who use one ask of it. A run's
 * {@linkcode Checkpoint} is one; others are files of the reference and folders of the hub.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { loadTensors } from "../model/named_tensors.ts";
import type { Network, NetworkClass } from "../model/network.ts";
import type { TensorFile } from "../safetensors/tensor_file.ts";
import { type Field, text } from "../schema/field.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { matrixTypeOf, type Precision } from "./precision.ts";
import { requireShapes } from "./shapes.ts";
import type { CheckpointState } from "./state.ts";

/**
 * Weights of a model: their running average, those of the last step, or the average of a decay
 * such as `ema:0.999` where there are several.
 */
export type Weights = "ema" | "model" | `ema:${number}`;

/**
 * Tensors of a model: weights of its own, or those of a teacher without which it writes no text.
 */
export type ModelWeights = Weights | "teacher";

/** A trained model that can be loaded. */
export interface TrainedModel {
  /** Where it is, for messages: a path, an address or a name on the hub. */
  readonly location: string;
  /** What is known of it. */
  readonly state: CheckpointState;
  /**
   * Reads weights by `use`, under the names that parameters have here.
   *
   * @throws {CheckpointError} if there are none, or their file is damaged.
   */
  read<T>(weights: ModelWeights, use: (file: TensorFile) => Promise<T>): Promise<T>;
  /**
   * Makes a network, without gradients, of weights.
   *
   * @param precision What its matrices are stored in; f32, as trainings need it, unless told.
   * @throws {CheckpointError} as {@linkcode read}, or if the tensors are of another network than
   * the state tells of.
   * @throws {GpuError} if the adapter has no f16 and it is asked for.
   */
  network<M extends Network>(
    gpu: Gpu,
    networkClass: NetworkClass<M>,
    weights: ModelWeights,
    precision?: Precision,
  ): Promise<M>;
  /**
   * What tells the content of weights from any other, in hexadecimal digits.
   *
   * @throws {CheckpointError} if their file cannot be read.
   */
  identity(weights: ModelWeights): Promise<string>;
  /**
   * The tokenizer that text became tokens with.
   *
   * @throws {CheckpointError} if it is not the one there is here, or not known.
   */
  tokenizer(): Promise<Tokenizer>;
}

/** Which weights are meant, as configurations and command lines say it. */
export const WEIGHTS = text({
  doc: "The weights' running average, that of a decay (ema:0.999), or those of the last step.",
  expected: '"ema", "model", or "ema:" and a decay such as ema:0.9999',
  pattern: /^(ema|model|ema:(0?\.\d+|0|1))$/,
}) as Field<Weights>;

/** The decay that weights are the average of; null if none is named. */
export function decayOf(weights: ModelWeights): number | null {
  return weights.startsWith("ema:") ? Number(weights.slice(4)) : null;
}

/** Weights as parts of file names. */
export function weightsInName(weights: Weights): string {
  return weights.replace(":", "-");
}

/**
 * What {@linkcode TrainedModel.network} does: the sizes are compared with the file before memory is
 * taken.
 *
 * @throws {CheckpointError} as that.
 * @throws {GpuError} as that.
 */
export async function networkOf<M extends Network>(
  model: Pick<TrainedModel, "location" | "state" | "read">,
  gpu: Gpu,
  networkClass: NetworkClass<M>,
  weights: ModelWeights,
  precision: Precision = "f32",
): Promise<M> {
  const config = weights === "teacher" ? model.state.teacher : model.state.model;
  if (config === undefined) {
    throw new CheckpointError(`The checkpoint ${model.location} has no ${weights}.`);
  }
  using made = new DisposableStack();
  const network = await model.read(weights, async (file) => {
    requireShapes(file, networkClass, config);
    const matrices = matrixTypeOf(gpu, file, networkClass.specs(config), precision);
    const network = made.use(networkClass.create(gpu, config, false, matrices));
    await loadTensors(gpu, file, network.parameters.tensors);
    return network;
  });
  made.move();
  return network;
}
