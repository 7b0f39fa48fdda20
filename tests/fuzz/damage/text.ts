/**
 * Damage to texts: to the words and marks that they consist of.
 *
 * @module
 */

import type { Bytes, Damage, Random } from "../subject.ts";
import { damagedBytes } from "./bytes.ts";

/** What is seldom expected in a text of any format. */
const ODD_PARTS: readonly string[] = [
  ...["", " ", "\t", "\n", "\r\n", "\r", "\0", "\ufeff", "\ufffe", "\u2028", "\u202e", "\x1b[31m"],
  ...["0", "-1", "0.5", "1e999", "-0", "9007199254740993", "4294967296", "NaN", "Infinity"],
  ...["true", "null", '"', "'", "\\", "\\u0000", "__proto__", "constructor", "toString", "length"],
  ...["../../x", "/dev/zero", "http://[", "e\u0301", "\ud83d\ude00", "x".repeat(5000)],
];

/** Words, blanks, and marks one by one. */
const PARTS = /[\p{L}\p{N}_]+|[ \t]+|[^]/gu;

/** Most characters of a text after damage; what is longer is cut. */
const MOST_CHARACTERS = 1 << 20;

/**
 * Damages texts in UTF-8: words and marks are missing, put in twice or very often, exchanged, or
 * replaced by odd ones. Some are damaged as bytes besides.
 *
 * @param odd Further odd parts, those of the format.
 */
export function damagedText(odd: readonly string[] = []): Damage {
  const oddParts = [...ODD_PARTS, ...odd];
  return (file, random, other) => {
    const damaged = encoded(changed(decoded(file), random, decoded(other), oddParts));
    return random(8) === 0 ? damagedBytes(damaged, random, other) : damaged;
  };
}

function changed(text: string, random: Random, other: string, odd: readonly string[]): string {
  const parts = partsOf(text);
  for (let changes = 1 + random(4); changes > 0 && parts.length > 0; changes--) {
    const at = random(parts.length);
    const count = 1 + random(4);
    const part = odd[random(odd.length)]!;
    switch (random(8)) {
      case 0:
      case 1:
        parts.splice(at, 1, part);
        break;
      case 2:
        parts.splice(at, 0, part);
        break;
      case 3:
        parts.splice(at, count);
        break;
      case 4:
        parts.splice(at, 0, ...parts.slice(at, at + count * 4));
        break;
      case 5:
        parts.splice(random(parts.length), 0, ...parts.splice(at, count));
        break;
      case 6:
        // Deep nesting, where the part opens something.
        if (random(4) === 0) parts[at] = parts[at]!.repeat(10 ** (1 + random(4)));
        break;
      default: {
        const others = partsOf(other);
        const from = random(others.length);
        parts.splice(at, count, ...others.slice(from, from + count));
      }
    }
  }
  return parts.join("").slice(0, MOST_CHARACTERS);
}

function partsOf(text: string): string[] {
  return text.match(PARTS) ?? [];
}

/** The text of bytes in UTF-8. */
export function decoded(bytes: Bytes): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** The bytes of a text in UTF-8. */
export function encoded(text: string): Bytes {
  return new TextEncoder().encode(text);
}
