/**
 * The README knows what there is.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { configKeys } from "../lib/config/config.ts";
import { ROOT } from "./testing/program.ts";

const readme = await Deno.readTextFile(`${ROOT}README.md`);

/** Keys that take the value of another section's unless told. */
const INHERITED = /^(distill|secondStage|ar)\.(train|optim)(?=\.)/;

Deno.test("the README's table has every configuration key", () => {
  const missing = configKeys()
    .map(({ path }) => INHERITED.exec(path)?.[0] ?? path)
    .filter((key) => !readme.includes(`\`${key}\``));
  assertEquals(missing, []);
});

Deno.test("the README names no configuration key that does not exist", () => {
  const known = new Set(configKeys().flatMap(({ path }) => [path, INHERITED.exec(path)?.[0]]));
  const rows = [...readme.matchAll(/^\| (`[a-zA-Z]+\.[^|]+?) +\|/gm)]
    .flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, key]) => key!));
  assertEquals(rows.filter((key) => !known.has(key)), []);
});

Deno.test("the README and its tasks belong together", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const named = [...readme.matchAll(/(?:deno task|\.\/flm) ([a-z][a-z0-9:-]*)/g)].map(([, name]) =>
    name!
  );
  assertEquals([...new Set(named)].filter((name) => !(name in tasks)), []);
});
