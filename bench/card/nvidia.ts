/**
 * What NVIDIA's driver says of a card.
 *
 * @module
 */

import type { NvidiaState } from "./card_report.ts";

const QUERIES = [
  ...["name", "driver_version", "memory.total", "memory.used", "pstate", "temperature.gpu"],
  ...["clocks.sm", "clocks.max.sm", "clocks.mem", "power.draw", "power.limit"],
];

/** Asks `nvidia-smi` for the first card; null if it is not there, or says nothing. */
export async function nvidiaState(): Promise<NvidiaState | null> {
  try {
    const { success, stdout } = await new Deno.Command("nvidia-smi", {
      args: [`--query-gpu=${QUERIES.join()}`, "--format=csv,noheader,nounits"],
      ...{ stdin: "null", signal: AbortSignal.timeout(10_000) },
    }).output();
    return success ? readState(new TextDecoder().decode(stdout)) : null;
  } catch {
    return null;
  }
}

/** The first line of its answer. */
export function readState(csv: string): NvidiaState {
  const values = (csv.split("\n")[0] ?? "").split(", ");
  return Object.fromEntries(QUERIES.map((name, i) => [name, values[i]?.trim() ?? ""]));
}

/** Memory of the card that is free, in bytes; null if it is not known. */
export function freeMemory(state: NvidiaState | null): number | null {
  if (state === null) return null;
  const mebibytes = Number(state["memory.total"]) - Number(state["memory.used"]);
  return Number.isFinite(mebibytes) && mebibytes > 0 ? mebibytes * 2 ** 20 : null;
}
