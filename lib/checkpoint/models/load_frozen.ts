/**
 * Loads the frozen networks that students learn from.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Network } from "../../model/network.ts";
import { createTokenizer } from "../../text/create_tokenizer.ts";
import type { Frozen, FrozenOptions } from "../frozen.ts";
import { openModel, type OpenModelOptions } from "./open_model.ts";

/** Which network is wanted, and who hears of it. */
export interface LoadFrozenOptions<M extends Network>
  extends FrozenOptions<M>, Pick<OpenModelOptions, "onNote"> {}

/**
 * The EMA weights of a model, of a run those of its newest checkpoint, without gradients.
 *
 * @param location What {@linkcode openModel} takes.
 * @param options How it is opened, and what it must be.
 * @throws {CheckpointError} if it is missing or damaged, or another kind of model, or of another
 * tokenizer.
 */
export async function loadFrozen<M extends Network>(
  gpu: Gpu,
  location: string,
  { kind, networkClass, role, tokenizer: name, tokenizerFile: file = null, onNote }:
    LoadFrozenOptions<M>,
): Promise<Frozen<M>> {
  const checkpoint = await openModel(location, { onNote });
  const { state } = checkpoint;
  const fail = (what: string, found: string, expected: string) =>
    new CheckpointError(
      `The ${role} ${checkpoint.location} does not fit: its ${what} is ${found}, expected ` +
        `${expected}. Give the run of another ${role}.`,
    );
  if (state.kind !== kind) throw fail("kind", state.kind, kind);
  if (state.tokenizer.name !== name) throw fail("tokenizer", state.tokenizer.name, name);
  const { fingerprint } = await createTokenizer(name, { file });
  // Models that are no runs do not say it; a vocabulary of another size is found out later.
  if (state.tokenizer.fingerprint !== "" && state.tokenizer.fingerprint !== fingerprint) {
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
