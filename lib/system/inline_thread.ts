/**
 * Threads that take neither a file nor a permission.
 *
 * @module
 */

/**
 * Starts a thread.
 *
 * @param run What it does: its text becomes a program of its own, so that it may use nothing
 * outside of itself.
 * @param argument What it is given; JSON can tell it.
 */
export function startInline<T>(run: (argument: T) => void, argument: T): Worker {
  const program = `(${run})(${JSON.stringify(argument)})`;
  return new Worker(`data:text/javascript,${encodeURIComponent(program)}`, { type: "module" });
}
