/**
 * One training: which network, from where, on what loss. The loop knows nothing else of a method.
 *
 * @module
 */

import type { Teachers } from "../checkpoint/learned_from.ts";
import type { OptimConfig, TrainConfig, TrainingSection } from "../config/config.ts";
import type { BlockSource } from "../data/shards/blocks.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import type { Network, NetworkClass } from "../model/network.ts";
import type { Objective, ObjectiveOptions } from "./objective.ts";
import type { ValidationLoss } from "./validation_loss.ts";

/** What a validation of a training's own is given. */
export interface ValidationOptions<M extends Network = Network>
  extends Pick<ObjectiveOptions<M>, "model" | "schedule" | "seed"> {
  /** Validation blocks. */
  blocks: BlockSource;
  /** Blocks in a batch. */
  batchSize: number;
  /** Most blocks in one pass through the network, which no figure depends on; all unless given. */
  microBatchSize?: number;
  /** Batches to measure, from the first on. */
  numBatches: number;
  /** The id that fills up blocks, which does not count; null if none does. */
  padId: number | null;
}

/** What a training makes of its inputs: a network M, its start, and a loss. */
export interface TrainingParts<M extends Network = Network> {
  /** The network that is trained. */
  readonly modelConfig: DitConfig;
  /** Sets the parameters of a fresh network. */
  start(model: M): void;
  /** Whether the objective heeds how noise is to be drawn; false unless told. */
  readonly choosesNoise?: boolean;
  /** What is minimised. */
  objective(options: ObjectiveOptions<M>): Objective;
  /** Measures averaged weights; the objective's loss on validation data unless given. */
  validate?(options: ValidationOptions<M>): Promise<ValidationLoss>;
}

/** One training, of a network M. */
export interface Training<M extends Network = Network> extends TrainingParts<M> {
  /** What it makes: the kind of its checkpoints. */
  readonly kind: string;
  /** The part of the configuration with its length and optimizer; null for the first training's. */
  readonly section: TrainingSection | null;
  /** Whether its loss is a cross-entropy, in nats a token: guessing has ln V. */
  readonly isCrossEntropy: boolean;
  /** Length of the training, and what is written when. */
  readonly train: TrainConfig;
  /** Its optimizer. */
  readonly optim: OptimConfig;
  /** How the network is made. */
  readonly networkClass: NetworkClass<M>;
  /** The networks that it learns from. */
  readonly teachers: Teachers;
  /** That of them without which the result could not write text: checkpoints hold it. */
  readonly heldTeacher?: Network;
}
