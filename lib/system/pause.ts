/**
 * Letting time pass without the event loop.
 *
 * @module
 */

/** Lets time pass in which this thread does nothing else, timers and signals included. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
