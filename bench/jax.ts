/**
 * The peer: jax-js, the nearest thing to PyTorch or JAX that runs on WebGPU without a native
 * dependency. It asks WebGPU for the same adapter as flm does.
 *
 * @module
 */

import type * as JaxModule from "@jax-js/jax";
import { writeStderr } from "../lib/cli/stderr.ts";
import { messageOf } from "../lib/errors.ts";

/** The library. */
export type Jax = typeof JaxModule;
/** One of its arrays. */
export type JaxArray = JaxModule.Array;

/** The peer's name in results. */
export const PEER = "jax-js";

/** Loads jax-js on its WebGPU device; null, with a word on standard error, if there is none. */
export async function openJax(): Promise<Jax | null> {
  try {
    const jax = await import("@jax-js/jax");
    if (!(await jax.init("webgpu")).includes("webgpu")) throw new Error("it finds no WebGPU");
    jax.defaultDevice("webgpu");
    return jax;
  } catch (error) {
    writeStderr(`Without ${PEER}: ${messageOf(error)}\n`);
    return null;
  }
}

/** Bytes of results after which to wait. */
const RESULT_BYTES = 256 << 20;

/** Calls `make` so many times and waits until every result has been computed. */
export async function runJax(
  jax: Jax,
  repetitions: number,
  make: () => JaxArray | JaxArray[],
): Promise<void> {
  let results: JaxArray[] = [];
  let bytes = 0;
  for (let i = 1; i <= repetitions; i++) {
    const made = [make()].flat();
    results.push(...made);
    for (const { size } of made) bytes += 4 * size;
    if (bytes < RESULT_BYTES && i < repetitions) continue;
    // Not before: what is disposed of early is never computed.
    await jax.blockUntilReady(results);
    for (const result of results) result.dispose();
    results = [];
    bytes = 0;
  }
}
