/**
 * Frozen networks that students learn from.
 *
 * @module
 */

import type { Network, NetworkClass } from "../model/network.ts";
import type { CheckpointState, NetworkIdentity } from "./state.ts";

/** Which network is wanted. */
export interface FrozenOptions<M extends Network> {
  /** The kind of model that it must be. */
  kind: string;
  /** How its network is made. */
  networkClass: NetworkClass<M>;
  /** What it is to the student, for messages: `teacher` or `flow map`. */
  role: string;
  /** Name of the tokenizer that the student's data was made with. */
  tokenizer: string;
  /** The file of its vocabulary. */
  tokenizerFile?: string | null;
}

/** A network that a student learns from. */
export interface Frozen<M extends Network = Network> extends Disposable {
  /** The network, of EMA weights. */
  readonly network: M;
  /** What tells its weights apart from all others. */
  readonly identity: NetworkIdentity;
  /** The folder or address of its checkpoint. */
  readonly location: string;
  /** Hash of the shards that it was trained on; empty if its checkpoint does not say. */
  readonly dataHash: string;
  /** The networks that it learned from itself. */
  readonly learnedFrom: CheckpointState["learnedFrom"];
}
