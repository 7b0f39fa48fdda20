/**
 * Tests of how pieces of text are counted.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type CountedPieces, PieceCounts } from "../../lib/text/piece_counts.ts";

/** Counts by the pieces' text, in their order. */
function shown({ bytes, ends, counts }: CountedPieces): [string, number][] {
  return Array.from(ends, (end, i) => [
    new TextDecoder().decode(bytes.subarray(i === 0 ? 0 : ends[i - 1], end)),
    counts[i]!,
  ]);
}

function countsOf(...texts: string[]): PieceCounts {
  const counts = new PieceCounts();
  for (const text of texts) counts.addText(text);
  return counts;
}

Deno.test("PieceCounts counts the pieces of GPT-2's pattern in their order", () => {
  const counts = countsOf("It's so, and so it goes", "", "so it's");
  assertEquals(shown(counts.counted()), [
    ["It", 1],
    ["'s", 2],
    [" so", 2],
    [",", 1],
    [" and", 1],
    [" it", 2],
    [" goes", 1],
    ["so", 1],
  ]);
  assertEquals(counts.size, 8);
  assertEquals(shown(new PieceCounts().counted()), []);
});

Deno.test("PieceCounts tells as many pieces apart as there are", () => {
  const words = Array.from({ length: 40_001 }, (_, i) => ` w${i.toString(36)}ä`);
  const pieces = new Map<string, number>();
  for (const word of words.flatMap((w) => w.match(/ ?[a-zä]+| ?\d+/g)!)) {
    pieces.set(word, (pieces.get(word) ?? 0) + 1);
  }
  assertEquals(shown(countsOf(words.join("")).counted()), [...pieces]);
});

Deno.test("PieceCounts leaves out what is too long for a word", () => {
  const counts = countsOf(`${"a".repeat(256)} ${"b".repeat(256)}`);
  assertEquals(shown(counts.counted()).map(([piece]) => piece.length), [256]);
});

Deno.test("PieceCounts adds what was counted elsewhere", () => {
  const counts = countsOf("so it goes");
  counts.addCounted(countsOf("as it is", "it so").counted());
  assertEquals(Object.fromEntries(shown(counts.counted())), {
    "so": 1,
    " it": 2,
    " goes": 1,
    "as": 1,
    " is": 1,
    "it": 1,
    " so": 1,
  });
});

Deno.test("PieceCounts.prune() forgets rare pieces and goes on", () => {
  const counts = countsOf(" a a a b c c");
  counts.prune(2);
  assertEquals(shown(counts.counted()), [[" a", 3], [" c", 2]]);
  counts.addText(" b a");
  assertEquals(shown(counts.counted()), [[" a", 4], [" c", 2], [" b", 1]]);
});
