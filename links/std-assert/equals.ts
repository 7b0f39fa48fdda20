/**
 * Deep equality.
 *
 * @module
 */

import { inspect } from "node:util";
import { AssertionError, suffix } from "./assertion_error.ts";
import { findDifference } from "./difference.ts";

/**
 * Asserts that `actual` and `expected` are deeply equal: the same prototypes,
 * keys and values. NaN equals itself and 0 equals −0; a key whose value is
 * undefined differs from a missing key.
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  const path = findDifference(actual, expected);
  if (path === null) return;
  const where = path === "" ? "" : `\nFirst difference at: ${path}`;
  throw new AssertionError(
    `Values are not equal${suffix(msg)}${where}${both(actual, expected)}`,
  );
}

/** Asserts that `actual` and `expected` are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (findDifference(actual, expected) !== null) return;
  throw new AssertionError(
    `Expected actual: ${show(actual)} not to be: ${show(expected)}${suffix(msg)}`,
  );
}

function both(actual: unknown, expected: unknown): string {
  return `\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`;
}

function show(value: unknown): string {
  return inspect(value, {
    depth: 8,
    maxArrayLength: 100,
    maxStringLength: 5000,
  });
}
