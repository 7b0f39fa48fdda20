/**
 * Options by name, where no compiler looks at them: notebooks and pages are plain JavaScript.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { describeValue } from "./field.ts";
import { nearest } from "./nearest.ts";

/**
 * Checks that options are an object that has known names alone.
 *
 * @param where The function that takes them, for the message.
 * @throws {FlmError} of the class given, with the nearest name.
 */
export function requireKnownOptions<T extends object>(
  options: T,
  known: Readonly<Record<keyof T, true>>,
  where: string,
  errorClass: ErrorClass,
): void {
  if (typeof options !== "object" || options === null) {
    throw new errorClass(
      `${where} takes its options as an object, found ${describeValue(options)}.`,
    );
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const near = nearest(name, names);
    const hint = near === null ? `there is: ${names.join(", ")}` : `did you mean ${near}?`;
    throw new errorClass(`${where} has no option ${name}; ${hint}`);
  }
}
