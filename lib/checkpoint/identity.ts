/**
 * What a checkpoint is, whatever folder it lies in.
 *
 * @module
 */

import { firstKind } from "../config/former_keys.ts";
import { sha256Hex } from "../system/sha256.ts";
import type { TrainedModel } from "./trained_model.ts";

/**
 * A hash of all that the texts or scores of a checkpoint's model depend on: the bytes of its
 * weights (of the last step and averaged, and of a teacher that it has), the network and the
 * tokenizer. It is another one as soon as the weights are.
 *
 * @throws {CheckpointError} if a file is missing or cannot be read: older checkpoints do not say
 * what theirs are.
 */
export async function checkpointIdentity(checkpoint: TrainedModel): Promise<string> {
  const { kind, model, teacher, tokenizer: { fingerprint }, config: { data } } = checkpoint.state;
  const weights = [await checkpoint.identity("model"), await checkpoint.identity("ema")];
  if (teacher !== undefined) weights.push(await checkpoint.identity("teacher"));
  return await sha256Hex(
    JSON.stringify([firstKind(kind), model, teacher, fingerprint, data.packing, weights]),
  );
}
