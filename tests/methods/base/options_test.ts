/**
 * Settings that only one method knows.
 *
 * @module
 */

import { assertThrows } from "@std/assert";
import { type Config, parseConfig } from "../../../lib/config/config.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { requireNoOptions } from "../../../lib/methods/base/options.ts";

function configWith(changes: Record<string, unknown>): Config {
  return parseConfig({
    name: "tiny",
    data: { source: { kind: "file", path: "a.txt" }, length: 12, dir: "shards/tiny" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 10, batchSize: 4 },
    ...changes,
  });
}

Deno.test("requireNoOptions() names the option that a method was given", () => {
  const options = { a: 1 };
  assertThrows(
    () => requireNoOptions(configWith({ options }), "flm"),
    ConfigError,
    "options.a: unknown key: flm has no options. Remove it.",
  );
  assertThrows(
    () => requireNoOptions(configWith({ distill: { method: "psd", options } }), "psd"),
    ConfigError,
    "distill.options.a: unknown key: psd has no options. Remove it.",
  );
  // They are those of another method.
  requireNoOptions(configWith({ method: "own", options }), "flm");
  requireNoOptions(configWith({ method: "own", options }), "ar");
  requireNoOptions(configWith({ options, distill: { method: "semigroup", options } }), "psd");
});
