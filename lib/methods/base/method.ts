/**
 * A method: one way to make a language model, from its loss to its samples. All that the rest of
 * flm knows of it is here; table.ts lists them all.
 *
 * @module
 */

import type { Frozen } from "../../checkpoint/frozen.ts";
import type { Config, TrainingSection } from "../../config/config.ts";
import type { Network, NetworkClass } from "../../model/network.ts";
import type { AnySection } from "../../schema/tree.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { TrainingParts } from "../../train/training.ts";
import type { Writer } from "./writer.ts";

/** What a method makes a training of. */
export interface TrainingInputs<T extends Network = Network, Role extends string = string> {
  /** The configuration. */
  readonly config: Config;
  /** Turns its text into tokens. */
  readonly tokenizer: Tokenizer;
  /**
   * The frozen models that it learns from, by what they are to it ({@linkcode Method.learnsFrom}).
   */
  readonly frozen: Readonly<Record<Role, Frozen<T>>>;
}

/**
 * One way to make a language model, of networks M that may learn from networks T, each of which is
 * something to it: its Role.
 */
export interface Method<
  M extends Network = Network,
  Role extends string = string,
  T extends Network = M,
> {
  /** Its name in configurations, and the kind of its checkpoints: lower case and underscores. */
  readonly kind: string;
  /** What people call its models: a noun. */
  readonly title: string;
  /** The networks that it trains. */
  readonly networkClass: NetworkClass<M>;
  /** The kinds of the frozen models that it learns from, by what they are to it: `teacher`. */
  readonly learnsFrom: Readonly<Record<Role, string>>;
  /**
   * The part of a configuration that has its length and optimizer; null for the sections `train`
   * and `optim` themselves.
   */
  readonly section: TrainingSection | null;
  /**
   * Its own settings, which stand in `options` of a configuration, or in `distill.options`
   * ({@linkcode readOptions} reads them); null if it has none.
   */
  readonly options: AnySection | null;
  /** The kind of the method that follows it in a recipe; null if it is the last. */
  readonly next: string | null;
  /** Whether its loss is a cross-entropy, in nats a token: guessing has ln V. */
  readonly isCrossEntropy: boolean;
  /**
   * Whether its network, asked for one time, predicts the clean tokens, so that it has a
   * likelihood.
   */
  readonly isDenoiser: boolean;
  /** How its models write text; null if they do not. */
  readonly writer: Writer<M, T> | null;
  /**
   * What is trained, from where, on what loss.
   *
   * @throws {ConfigError} if the configuration's options of the method are wrong.
   * @throws {CheckpointError} if the frozen models do not belong together.
   */
  training(inputs: TrainingInputs<T, Role>): TrainingParts<M>;
  /**
   * What decides its weights besides seed, data, steps, batches, optimizer and the models that it
   * learns from: values by configuration key, so that a recipe knows when its result is outdated.
   *
   * @throws {ConfigError} if settings of its own are unknown or wrong.
   */
  inputs(config: Config): Readonly<Record<string, unknown>>;
}
