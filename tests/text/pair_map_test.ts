/**
 * Tests of the map of pairs.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ABSENT, PairMap } from "../../lib/text/pair_map.ts";

Deno.test("PairMap keeps what was set last, also when it grows", () => {
  const map = new PairMap();
  assertEquals(map.get(0, 0), ABSENT);
  // 10,000 pairs, among them many that differ in one number, or are swapped.
  const pairs = Array.from({ length: 10_000 }, (_, i) => [i % 100, Math.floor(i / 100) * 70_001]);
  for (const [left, right] of pairs) map.set(left!, right!, 1);
  pairs.forEach(([left, right], i) => map.set(left!, right!, i));
  assertEquals(map.size, pairs.length);
  assertEquals(pairs.map(([left, right]) => map.get(left!, right!)), pairs.map((_, i) => i));
  assertEquals([map.get(100, 0), map.get(70_001, 1)], [ABSENT, ABSENT]);
});
