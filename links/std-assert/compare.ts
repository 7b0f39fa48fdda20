/**
 * Numeric closeness and order.
 *
 * @module
 */

import { inspect } from "node:util";
import { AssertionError, suffix } from "./assertion_error.ts";

/**
 * Asserts that two numbers differ by at most `tolerance`, by default 1e-7 of
 * the expected value's magnitude.
 */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ??
    (Number.isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7);
  const delta = Math.abs(expected - actual);
  if (delta <= allowed) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to be close to "${expected}": delta "${delta}" is greater ` +
      `than "${allowed}"${suffix(msg)}`,
  );
}

/** Asserts that `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (actual <= expected) return;
  throw new AssertionError(msg ?? `Expect ${inspect(actual)} <= ${inspect(expected)}`);
}
