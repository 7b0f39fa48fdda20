/**
 * Assertions on thrown errors and rejected promises.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { AssertionError, suffix } from "./assertion_error.ts";

/** An error class; abstract ones count too. */
// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Asserts that `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that `fn` throws an instance of `ErrorClass` whose message includes
 * `msgIncludes`; returns the error.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const [expected, note] = split(classOrMsg, msg);
  try {
    fn();
  } catch (error) {
    check(error, "thrown", expected, msgIncludes, note);
    return error;
  }
  throw new AssertionError(`Expected function to throw${suffix(note)}`);
}

/** Asserts that the promise `fn` returns rejects; resolves to the reason. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/**
 * Asserts that the promise `fn` returns rejects with an instance of
 * `ErrorClass` whose message includes `msgIncludes`; resolves to
 * the error.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const [expected, note] = split(classOrMsg, msg);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    // Reported below: a throw before any promise is not a rejection.
  }
  if (typeof promise?.then !== "function") {
    throw new AssertionError(
      `Function throws when expected to reject${suffix(note)}`,
    );
  }
  try {
    await promise;
  } catch (error) {
    check(error, "rejected", expected, msgIncludes, note);
    return error;
  }
  throw new AssertionError(`Expected function to reject${suffix(note)}`);
}

function split(
  classOrMsg: ErrorClass<Error> | string | undefined,
  msg: string | undefined,
): [ErrorClass<Error> | undefined, string | undefined] {
  return typeof classOrMsg === "string" ? [undefined, classOrMsg] : [classOrMsg, msg];
}

function check(
  error: unknown,
  verb: string,
  expected: ErrorClass<Error> | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): void {
  if (!expected) return;
  if (!(error instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${verb}${suffix(msg)}`);
  }
  const { name } = error.constructor;
  if (!(error instanceof expected)) {
    throw new AssertionError(
      `Expected error to be instance of "${expected.name}", but was "${name}" ` +
        `with message ${JSON.stringify((error as Error).message)}${suffix(msg)}`,
      { cause: error },
    );
  }
  const plain = stripVTControlCharacters(error.message);
  if (msgIncludes && !plain.includes(stripVTControlCharacters(msgIncludes))) {
    throw new AssertionError(
      `Expected error message to include ${JSON.stringify(msgIncludes)}, but got ` +
        `${JSON.stringify(error.message)}${suffix(msg)}`,
      { cause: error },
    );
  }
}
