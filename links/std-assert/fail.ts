/**
 * Truth, and assertions that always fail.
 *
 * @module
 */

import { AssertionError, suffix } from "./assertion_error.ts";

/** Asserts that `expr` is truthy, and narrows its type. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails always. */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${suffix(msg)}`);
}
