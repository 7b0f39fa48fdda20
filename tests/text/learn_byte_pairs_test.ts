/**
 * Tests of learning byte pairs, against a plain implementation that counts anew after every merge.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { learnBytePairs, TEXT_BYTES } from "../../lib/text/learn_byte_pairs.ts";
import { PieceCounts } from "../../lib/text/piece_counts.ts";
import { randomIntegers } from "../testing/random_integers.ts";

/** What the tokens after those of bytes are, as Latin-1. */
function learned(text: string, numMerges: number): string[] {
  const pieces = new PieceCounts();
  pieces.addText(text);
  const tokens = learnBytePairs(pieces.counted(), TEXT_BYTES.length + numMerges);
  return tokens.slice(TEXT_BYTES.length).map((bytes) => String.fromCharCode(...bytes));
}

/** Applies merges to a word, always the first learned, of these the leftmost. */
function encode(word: readonly string[], merges: ReadonlyMap<string, number>): string[] {
  const parts = [...word];
  for (;;) {
    let [best, at] = [Infinity, -1];
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = merges.get(`${parts[i]}|${parts[i + 1]}`) ?? Infinity;
      if (rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return parts;
    parts.splice(at, 2, parts[at]! + parts[at + 1]!);
  }
}

/** The same by words, with every count made anew. */
function plainlyLearned(words: readonly string[], numMerges: number): string[] {
  const tokens = TEXT_BYTES.map((byte) => String.fromCharCode(byte));
  const merges = new Map<string, number>();
  const banned = new Set<string>();
  while (merges.size < numMerges) {
    const counts = new Map<string, number>();
    for (const word of words) {
      const parts = encode([...word], merges);
      for (let i = 0; i + 1 < parts.length; i++) {
        const key = `${parts[i]}|${parts[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const idOf = (token: string) => tokens.indexOf(token);
    const [first] = [...counts].filter(([key, count]) => count >= 2 && !banned.has(key))
      .sort(([a, n], [b, m]) => {
        const [[al, ar], [bl, br]] = [a.split("|").map(idOf), b.split("|").map(idOf)];
        return m - n || al! - bl! || ar! - br!;
      });
    if (first === undefined) break;
    const [key] = first;
    const token = key.replace("|", "");
    if (tokens.includes(token) || encode([...token], merges).join("|") !== key) {
      banned.add(key);
      continue;
    }
    merges.set(key, merges.size);
    tokens.push(token);
  }
  return tokens.slice(TEXT_BYTES.length);
}

Deno.test("learnBytePairs() merges the most frequent neighbours, again and again", () => {
  assertEquals(learned("low low low lower lower newest newest", 4), ["lo", "low", " low", " n"]);
});

Deno.test("learnBytePairs() learns what counting anew after every merge does", () => {
  const random = randomIntegers(7);
  for (let round = 0; round < 30; round++) {
    // Few letters give runs, overlaps and many ways to the same token.
    const letters = ["ab", "abc", "aab"][round % 3]!;
    const words = Array.from({ length: 25 }, () => {
      const length = 1 + random(12);
      return Array.from({ length }, () => letters[random(letters.length)]).join("");
    });
    // A digit between two words is a piece by itself.
    assertEquals(
      learned(words.join("1"), 40),
      plainlyLearned([...words, ...words.slice(1).map(() => "1")], 40),
    );
  }
});

Deno.test("learnBytePairs() stops when no pair occurs twice", () => {
  assertEquals(learned("abc", 10), []);
  assertEquals(learned("ab1ab", 10), ["ab"]);
});

Deno.test("learnBytePairs() takes ties in the order of the tokens", () => {
  assertEquals(learned("cd1ab1cd1ab", 2), ["ab", "cd"]);
  assertEquals(learned("ab1cd1ab1cd", 2), ["ab", "cd"]);
});

Deno.test("TEXT_BYTES are those of all characters", () => {
  const seen = new Set<number>();
  for (let code = 0; code <= 0x10ffff; code += code < 0x800 ? 1 : 37) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    for (const byte of new TextEncoder().encode(String.fromCodePoint(code))) seen.add(byte);
  }
  for (const byte of new TextEncoder().encode("\u{10ffff}")) seen.add(byte);
  assertEquals([...seen].sort((a, b) => a - b), TEXT_BYTES);
});

Deno.test("learnBytePairs() can be stopped, and says how far it is", () => {
  const pieces = new PieceCounts();
  const random = randomIntegers(1);
  for (let i = 0; i < 400; i++) {
    pieces.addText(` ${random(2 ** 31).toString(26).replace(/\d/g, "z")} `.repeat(2));
  }
  const seen: number[] = [];
  learnBytePairs(pieces.counted(), 500, { onProgress: (tokens) => seen.push(tokens) });
  assertEquals(seen, [256, 320, 384, 448]);
  const signal = AbortSignal.abort(new Error("stop"));
  assertThrows(() => learnBytePairs(pieces.counted(), 500, { signal }), Error, "stop");
  assert(learnBytePairs(pieces.counted(), 200, { signal }).length === TEXT_BYTES.length);
});
