/**
 * Stand-in for `@std/assert` in a checkout, so that the tests run where JSR is
 * out of reach. It covers the assertions that this project uses, with the
 * signatures and the pass/fail behaviour of the real package; the wording of
 * failures is its own.
 *
 * @module
 */

export * from "./assertion_error.ts";
export * from "./compare.ts";
export * from "./equals.ts";
export * from "./fail.ts";
export * from "./text.ts";
export * from "./throws.ts";
