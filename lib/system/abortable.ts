/**
 * Waiting that a signal ends.
 *
 * @module
 */

/**
 * What a promise comes to, unless a signal comes before, as `abortable` of `@std/async` has it.
 *
 * @throws the signal's reason, once that is given.
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
