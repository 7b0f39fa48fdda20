/**
 * Connections that say nothing.
 *
 * @module
 */

/**
 * Fewer bytes than these count as none: a server that lets them drip would never come to an end.
 */
export const LEAST_PROGRESS = 1024;

/** Nothing came for too long, or next to nothing. */
export class Silence extends Error {
  /** Makes the error, which says for how long, and whether something came. */
  constructor(milliseconds: number, came = 0) {
    const what = came === 0 ? "nothing" : `no more than ${came} bytes`;
    super(`${what} came for ${milliseconds / 1000} seconds`);
  }
}

/**
 * Gives a signal that ends with a {@linkcode Silence} if nothing is heard for too long.
 *
 * @returns The signal, and what ends the waiting.
 */
export function silenceSignal(milliseconds: number): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const end = startTimer(milliseconds, () => controller.abort(new Silence(milliseconds)));
  return { signal: controller.signal, end };
}

/** The chunks of a body. @throws {Silence} if too little comes for too long. */
export async function* unstalled(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  stallMs: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (body === null) return;
  const reader = body.getReader();
  let waited = 0;
  let came = 0;
  try {
    for (;;) {
      const { promise: tooLate, reject } = Promise.withResolvers<never>();
      const end = startTimer(stallMs - waited, () => reject(new Silence(stallMs, came)));
      const begun = performance.now();
      const { done, value } = await Promise.race([reader.read(), tooLate]).finally(end);
      if (done) return;
      waited += performance.now() - begun;
      came += value.length;
      if (came >= LEAST_PROGRESS) waited = came = 0;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Calls back after a time, unless what it returns is called before. */
function startTimer(milliseconds: number, callback: () => void): () => void {
  if (milliseconds === Infinity) return () => {};
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}
