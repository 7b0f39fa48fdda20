/**
 * The checkpoints in the reference's own form.
 *
 * @module
 */

import { TorchFile } from "../../lib/torch/file.ts";
import { requireTensors } from "../../lib/torch/require_tensors.ts";
import type { TorchTensor } from "../../lib/torch/tensor.ts";

/** The folder with golden weights. */
export const GOLDEN = new URL("../golden/", import.meta.url);
/** The folder with the checkpoints. */
export const CHECKPOINTS = new URL("ckpt/", GOLDEN);

/** What is known of a checkpoint. */
export interface GoldenCheckpoint {
  /** Whether it can be used; it can, unless it says no. */
  readonly ok?: false;
  /** The golden file whose weights it has, where it can. */
  readonly weights: string;
}

/** What is known of all checkpoints, by name. */
export const EXPECTED: Readonly<Record<string, GoldenCheckpoint>> = JSON.parse(
  await Deno.readTextFile(new URL("expected.json", CHECKPOINTS)),
).files;

/** Opens a checkpoint. */
export function openGolden(name: string): Promise<TorchFile> {
  return TorchFile.open(new URL(`${name}.ckpt`, CHECKPOINTS));
}

/** The value under a key of what was saved. */
export function valueAt(file: TorchFile, ...keys: readonly unknown[]): unknown {
  return keys.reduce((value, key) => (value as Map<unknown, unknown>).get(key), file.value);
}

/** The weights of a checkpoint by the names of the golden weights, without the teacher's. */
export function weightsOf(file: TorchFile): Map<string, TorchTensor> {
  const tensors = requireTensors(file, "state_dict", valueAt(file, "state_dict"));
  return new Map(
    [...tensors].filter(([name]) => name.startsWith("backbone.") && !name.includes("inv_freq"))
      .map(([name, tensor]) => [name.replace(/^backbone\.(_orig_mod\.)?/, ""), tensor]),
  );
}
