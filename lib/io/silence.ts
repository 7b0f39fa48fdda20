/**
 * Connections that say nothing.
 *
 * @module
 */

/** Nothing came for too long. */
export class Silence extends Error {
  /** Makes the error, which says for how long. */
  constructor(milliseconds: number) {
    super(`nothing came for ${milliseconds / 1000} seconds`);
  }
}

/**
 * Gives a signal that ends with a {@linkcode Silence} if nothing is heard for too long.
 *
 * @returns The signal, and what ends the waiting.
 */
export function silenceSignal(milliseconds: number): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const end = onSilence(milliseconds, (silence) => controller.abort(silence));
  return { signal: controller.signal, end };
}

/** The chunks of a body. @throws {Silence} if none comes for too long. */
export async function* unstalled(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  stallMs: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { promise: tooLate, reject } = Promise.withResolvers<never>();
      const end = onSilence(stallMs, reject);
      const { done, value } = await Promise.race([reader.read(), tooLate]).finally(end);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Calls back after a time, unless what it returns is called before. */
function onSilence(milliseconds: number, callback: (silence: Silence) => void): () => void {
  if (milliseconds === Infinity) return () => {};
  const timer = setTimeout(() => callback(new Silence(milliseconds)), milliseconds);
  return () => clearTimeout(timer);
}
