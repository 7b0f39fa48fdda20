/**
 * The peer: jax-js, the nearest thing to PyTorch or JAX that runs on WebGPU without a native
 * dependency. It asks WebGPU for the same adapter as flm does.
 *
 * @module
 */

import type * as JaxModule from "@jax-js/jax";

/** The library. */
export type Jax = typeof JaxModule;
/** One of its arrays. */
export type JaxArray = JaxModule.Array;

/** The peer's name in results. */
export const PEER = "jax-js";

/** Loads jax-js on its WebGPU device; null, with a word on standard error, if it is out of reach. */
export async function openJax(): Promise<Jax | null> {
  try {
    const jax = await import("@jax-js/jax");
    if (!(await jax.init("webgpu")).includes("webgpu")) throw new Error("it finds no WebGPU");
    jax.defaultDevice("webgpu");
    return jax;
  } catch (error) {
    console.error(`Without ${PEER}: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** Calls `make` so many times and waits until every result has been computed. */
export async function runJax(
  jax: Jax,
  repetitions: number,
  make: () => JaxArray | JaxArray[],
): Promise<void> {
  // Results are kept until the end: what is disposed of early is never computed.
  const results = Array.from({ length: repetitions }, make).flat();
  await jax.blockUntilReady(results);
  for (const result of results) result.dispose();
}
