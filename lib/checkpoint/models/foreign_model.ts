/**
 * A trained model that is no run of flm.
 *
 * @module
 */

import type { TensorFile } from "../../safetensors/tensor_file.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { ditParameterSpecs } from "../../model/dit_specs.ts";
import type { Network, NetworkClass } from "../../model/network.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { hashOfCopy } from "../copy_tensors.ts";
import type { Precision } from "../precision.ts";
import type { CheckpointState } from "../state.ts";
import { type ModelWeights, networkOf, type TrainedModel, type Weights } from "../trained_model.ts";

/** An open file of weights. */
export interface OpenWeights extends TensorFile, Disposable {
  /** Compares the whole file with what was written, where that is known. @throws {FlmError} */
  requireUnchanged?(): Promise<void>;
}

/** What such a model is made of. */
export interface ForeignParts {
  /** Where it is, for messages. */
  readonly location: string;
  /** What is known of it. */
  readonly state: CheckpointState;
  /** What it does not say and was assumed: sentences without their subject, it. */
  readonly assumed: readonly string[];
  /** The only weights that it has besides a teacher's, if it does not have several. */
  readonly only?: Weights;
  /** Opens weights. @throws {CheckpointError} if there are none, or their file is damaged. */
  readonly open: (weights: ModelWeights) => Promise<OpenWeights>;
  /** Makes its tokenizer. @throws {FlmError} if it is not known, or cannot be had. */
  readonly tokenizer: () => Promise<Tokenizer>;
}

/** A model of a file or folder of the reference's form. */
export class ForeignModel implements TrainedModel {
  /** Where it is, for messages. */
  readonly location: string;
  /** What is known of it. */
  readonly state: CheckpointState;
  /** What it does not say and was assumed: sentences without their subject, it. */
  readonly assumed: readonly string[];
  /** The only weights that it has besides a teacher's; undefined if it has several. */
  readonly only: Weights | undefined;
  readonly #parts: ForeignParts;

  /** A model of these parts. */
  constructor(parts: ForeignParts) {
    this.location = parts.location;
    this.state = parts.state;
    this.assumed = parts.assumed;
    this.only = parts.only;
    this.#parts = parts;
  }

  /** Reads weights by `use`. @throws {CheckpointError} if there are none or they are damaged. */
  async read<T>(weights: ModelWeights, use: (file: TensorFile) => Promise<T>): Promise<T> {
    using file = await this.#parts.open(weights);
    const result = await use(file);
    await file.requireUnchanged?.();
    return result;
  }

  /** Makes a network of weights. @throws {CheckpointError} as {@linkcode TrainedModel.network}. */
  async network<M extends Network>(
    gpu: Gpu,
    networkClass: NetworkClass<M>,
    weights: ModelWeights,
    precision?: Precision,
  ): Promise<M> {
    return await networkOf(this, gpu, networkClass, weights, precision);
  }

  /**
   * The hash of the file that a run would have of these weights: it is the same for a model and for
   * the run that it was imported to, which has all of the only weights there are. They are read.
   *
   * @throws {CheckpointError} as {@linkcode read}.
   */
  async identity(weights: ModelWeights): Promise<string> {
    const { model, teacher = model } = this.state;
    if (weights === "teacher") {
      return await this.read(weights, (file) => hashOfCopy(file, ditParameterSpecs(teacher)));
    }
    const specs = ditParameterSpecs(model);
    return await this.read(this.only ?? weights, (file) => hashOfCopy(file, specs));
  }

  /** Its tokenizer. @throws {FlmError} if it is not known, or cannot be had. */
  async tokenizer(): Promise<Tokenizer> {
    return await this.#parts.tokenizer();
  }
}
