/**
 * Options by name.
 *
 * @module
 */

import { assertThrows } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { requireKnownOptions } from "../../lib/schema/known_options.ts";

const KNOWN = { numSteps: true, seed: true } as const;

Deno.test("requireKnownOptions() names what is unknown, and the nearest name", () => {
  const require = (options: unknown) =>
    requireKnownOptions(options as { numSteps?: number; seed?: number }, KNOWN, "f()", FlmError);
  require({});
  require({ numSteps: 2, seed: undefined });
  const cases: [unknown, string][] = [
    [{ numStep: 2 }, "f() has no option numStep; did you mean numSteps?"],
    [{ toString: 2 }, "f() has no option toString; there is: numSteps, seed"],
    [null, "f() takes its options as an object, found null."],
    [8, "f() takes its options as an object, found 8."],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => require(options), FlmError, message);
  }
});
