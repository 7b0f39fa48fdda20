/**
 * Damage to JSON documents: to their values and keys.
 *
 * @module
 */

import { type Path, pathsOf, UNEXPECTED_VALUES, withValueAt } from "../../testing/json_damage.ts";
import type { Bytes, Damage, Random } from "../subject.ts";
import { damagedText, decoded, encoded } from "./text.ts";

/** Texts of values that are wrong where others are right. */
const ODD_VALUES: readonly string[] = [
  ...UNEXPECTED_VALUES,
  ...["1", "2", "255", "65536", "4294967295", "4294967296", "9007199254740993", "-0", "1e400"],
  ...["false", "[0]", "[[]]", "{}", '"\\u0000"', '"\\ud800"', '"a\\udc00b"', '"\\ufeff"', '"\\n"'],
  ...['"__proto__"', '"constructor"', '"NaN"', '"1"', '"http://[/x"', '"/dev/zero"'],
  ...['{"__proto__": {"x": 1}}', '{"toString": null, "valueOf": 1}', '{"": 0}', "[1e309]"],
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  `${'{"a":'.repeat(20_000)}0${"}".repeat(20_000)}`,
];

/** Keys that objects have without being given them, and some more. */
const ODD_KEYS = ["__proto__", "constructor", "toString", "length", "0", "", "\ud800", "a\0b"];

const damagedWords = damagedText(["[", "]", "{", "}", ":", ",", "//", "[[[[", '{"a":']);

/**
 * A document with one to three changes: a value is odd, missing, another number, or one from
 * elsewhere in it or in the other document; a key is odd or there twice. Some are damaged as texts
 * besides or instead.
 */
export const damagedJson: Damage = async (file, random, other) => {
  if (random(4) === 0) return await damagedWords(file, random, other);
  let text = decoded(file);
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const document = parsed(text);
    if (document === undefined) break;
    text = changedOnce(document, random, other);
  }
  const damaged = encoded(text);
  return random(8) === 0 ? await damagedWords(damaged, random, other) : damaged;
};

/** The value of a document; undefined for one that was damaged beyond that, or very deeply. */
function parsed(text: string): unknown {
  if (text.includes("[".repeat(1000)) || text.includes('{"a":'.repeat(1000))) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function changedOnce(document: unknown, random: Random, other: Bytes): string {
  const path = pathIn(document, random);
  const value = valueAt(document, path);
  switch (random(8)) {
    case 0:
    case 1:
    case 2:
      return withValueAt(document, path, ODD_VALUES[random(ODD_VALUES.length)]!);
    case 3:
      return withValueAt(document, path, "");
    case 4:
      return withValueAt(document, path, changedValue(value, random));
    case 5: {
      const source = random(2) === 0 ? document : parsed(decoded(other)) ?? null;
      const found = valueAt(source, pathIn(source, random));
      return withValueAt(document, path, JSON.stringify(found));
    }
    case 6: {
      // A value and a key beside it, which may be there already.
      const keys = [...ODD_KEYS, ...path.slice(-1)];
      const key = JSON.stringify(keys[random(keys.length)]);
      const added = ODD_VALUES[random(ODD_VALUES.length)] || "0";
      return withValueAt(document, path, `${JSON.stringify(value)},${key}:${added}`);
    }
    default:
      return withValueAt(document, path, JSON.stringify(renamed(value, random)));
  }
}

function pathIn(document: unknown, random: Random): Path {
  const paths = pathsOf(document);
  return paths[random(paths.length)]!;
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document);
}

/** A value of the same kind. */
function changedValue(value: unknown, random: Random): string {
  if (typeof value === "number") {
    const changes = [value + 1, value - 1, -value, value * 2, value / 2, value * 2 ** 32];
    return JSON.stringify(changes[random(changes.length)]);
  }
  if (typeof value === "string") {
    const at = random(value.length + 1);
    const changes = [value.slice(at), value.slice(0, at), value + value, value.toUpperCase()];
    return JSON.stringify(changes[random(changes.length)]);
  }
  if (Array.isArray(value)) {
    const changes = [value.toReversed(), [...value, ...value], value.slice(1), [value]];
    return JSON.stringify(changes[random(changes.length)]);
  }
  return JSON.stringify([value]);
}

/** An object with another name for one of its keys; anything else in a list. */
function renamed(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [value];
  const entries = Object.entries(value);
  const at = random(entries.length);
  const key = ODD_KEYS[random(ODD_KEYS.length)]!;
  return Object.fromEntries(entries.map(([own, each], i) => [i === at ? key : own, each]));
}
