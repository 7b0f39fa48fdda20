/**
 * Sizes of memory as people write them on a command line.
 *
 * @module
 */

import type { Field, FieldOptions } from "../schema/field.ts";

/** Bytes of the units: those with an i are binary, the others decimal. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  K: 1e3,
  KB: 1e3,
  KIB: 2 ** 10,
  M: 1e6,
  MB: 1e6,
  MIB: 2 ** 20,
  G: 1e9,
  GB: 1e9,
  GIB: 2 ** 30,
  T: 1e12,
  TB: 1e12,
  TIB: 2 ** 40,
};

/** A number without a unit that is less than this lacks one: nobody means a card of 80 bytes. */
const LEAST_PLAIN = 1e6;

/**
 * A size of memory, as a number of bytes: `80GB` and `80G` are 80·10⁹, `80GiB` is 80·2³⁰. Whether
 * letters are large does not matter. A number alone counts bytes, of which there must be a million.
 */
export function memorySize(options: FieldOptions<number> = {}): Field<number> {
  return {
    doc: "",
    ...options,
    expected: "a size above 0 with its unit, such as 80GB, 80GiB or 24G",
    metavar: "SIZE",
    type: "number",
    isSwitch: false,
    check: (value) => typeof value === "number" && value >= 1 ? Math.floor(value) : undefined,
    fromText: (text) => parseSize(text) ?? text,
  };
}

/** The bytes that a text says; null if it is no size. */
function parseSize(text: string): number | null {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  if (digits === undefined || factor === undefined) return null;
  const bytes = Number(digits) * factor;
  if (unit === "" && bytes < LEAST_PLAIN) return null;
  return Number.isSafeInteger(Math.floor(bytes)) ? bytes : null;
}
