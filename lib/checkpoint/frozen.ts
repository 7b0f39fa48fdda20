/**
 * Frozen networks that students learn from.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Network, NetworkClass } from "../model/network.ts";
import { createTokenizer } from "../text/create_tokenizer.ts";
import { Checkpoint } from "./checkpoint.ts";
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

/**
 * The EMA weights of a run's newest checkpoint, without gradients.
 *
 * @param location Folder of a run or of a checkpoint, or its address.
 * @throws {CheckpointError} if it is missing or damaged, or another kind of model, or of another
 * tokenizer.
 */
export async function loadFrozen<M extends Network>(
  gpu: Gpu,
  location: string,
  { kind, networkClass, role, tokenizer: name, tokenizerFile: file = null }: FrozenOptions<M>,
): Promise<Frozen<M>> {
  const checkpoint = await Checkpoint.open(location);
  const { state } = checkpoint;
  const fail = (what: string, found: string, expected: string) =>
    new CheckpointError(
      `The ${role} ${checkpoint.location} does not fit: its ${what} is ${found}, expected ` +
        `${expected}. Give the run of another ${role}.`,
    );
  if (state.kind !== kind) throw fail("kind", state.kind, kind);
  if (state.tokenizer.name !== name) throw fail("tokenizer", state.tokenizer.name, name);
  const { fingerprint } = await createTokenizer(name, { file });
  if (state.tokenizer.fingerprint !== fingerprint) {
    throw fail("tokenizer's fingerprint", state.tokenizer.fingerprint, fingerprint);
  }
  const identity = { step: state.step, sha256: await checkpoint.identity("ema") };
  const network = await checkpoint.network(gpu, networkClass, "ema");
  return {
    network,
    identity,
    location: checkpoint.location,
    dataHash: state.dataHash,
    learnedFrom: state.learnedFrom,
    [Symbol.dispose]: () => network[Symbol.dispose](),
  };
}
