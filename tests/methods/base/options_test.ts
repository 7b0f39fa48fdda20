/**
 * Settings that only one method knows.
 *
 * @module
 */

import { assertThrows } from "@std/assert";
import type { Config } from "../../../lib/config/config.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { ar } from "../../../lib/methods/ar/mod.ts";
import { requireOptions } from "../../../lib/methods/base/options.ts";
import { flm } from "../../../lib/methods/flm/mod.ts";
import { psd } from "../../../lib/methods/psd/mod.ts";
import { number } from "../../../lib/schema/field.ts";
import { tinyConfig } from "../../testing/tiny_run.ts";

function configWith(changes: Record<string, unknown>): Config {
  return tinyConfig("tiny", 10, changes);
}

Deno.test("requireOptions() names the option of a method that has none", () => {
  const options = { a: 1 };
  assertThrows(
    () => requireOptions(configWith({ method: "bare", options }), { kind: "bare", options: null }),
    ConfigError,
    "options.a: unknown key: bare has no options. Remove it.",
  );
  assertThrows(
    () => requireOptions(configWith({ distill: { method: "psd", options } }), psd),
    ConfigError,
    "distill.options.a: unknown key: psd has no options. Remove it.",
  );
  // They are those of another method.
  requireOptions(configWith({ method: "own", options }), flm);
  requireOptions(configWith({ method: "own", options }), ar);
  requireOptions(configWith({ options, distill: { method: "semigroup", options } }), psd);
});

Deno.test("requireOptions() holds options against what the method declares, where they stand", () => {
  const own = {
    kind: "own",
    options: { keys: { depth: number({ doc: "How deep.", min: 1, fallback: 2 }) } },
  };
  requireOptions(configWith({ method: "own" }), own);
  requireOptions(configWith({ method: "own", options: { depth: 3 } }), own);
  assertThrows(
    () => requireOptions(configWith({ method: "own", options: { dept: 3 } }), own),
    ConfigError,
    "options.dept: unknown key; did you mean depth?",
  );
  assertThrows(
    () => requireOptions(configWith({ distill: { method: "own", options: { depth: 0 } } }), own),
    ConfigError,
    "distill.options.depth: expected",
  );
});

Deno.test("requireOptions() holds a method that is made of another one to that one's options", () => {
  const brier = { ...flm, kind: "brier" };
  assertThrows(
    () => requireOptions(configWith({ method: "brier", options: { a: 1 } }), brier),
    ConfigError,
    "options.a: unknown key; known here: headInit",
  );
});
