/**
 * What a run has written, to be compared with what another has.
 *
 * @module
 */

import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { readMetrics } from "../../lib/train/metrics.ts";

/** The losses of the metrics file, by step. */
export async function lossLines(run: string): Promise<unknown[]> {
  const records = await readMetrics(`${run}/metrics.jsonl`);
  return records.map(({ kind, step, loss }) => ({ kind, step, loss }));
}

/** The bytes of a file of the newest checkpoint. */
export async function weightsOf(run: string, group = "model"): Promise<Uint8Array> {
  const { location } = await Checkpoint.open(run);
  return await Deno.readFile(`${location}/${group}.safetensors`);
}
