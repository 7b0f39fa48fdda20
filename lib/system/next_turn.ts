/**
 * The event loop.
 *
 * @module
 */

/** Lets signals, timers and events have their turn, which work without waiting would keep back. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}
