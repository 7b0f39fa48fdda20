/**
 * Numbers in a row as Parquet packs them.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { walkDeltas, walkRuns } from "../../../../lib/data/corpora/parquet/runs.ts";

/** Two bytes of something else, a run of three ones, and 16 bits of which 9 are counted. */
const RUNS = Uint8Array.of(9, 9, 6, 1, 5, 0b10110001, 0b11111111, 9);

Deno.test("walkRuns() counts ones in runs of both kinds", () => {
  assertEquals(walkRuns(RUNS, 2, 1, 3), 3);
  assertEquals(walkRuns(RUNS, 2, 1, 3 + 9), 3 + 4 + 1);
  assertEquals(walkRuns(RUNS, 2, 1, 3 + 16), 3 + 4 + 8);
  assertEquals(walkRuns(Uint8Array.of(4, 0), 0, 1, 2), 0);
  assertEquals(walkRuns(RUNS, 0, 1, 0), 0);
});

Deno.test("walkRuns() needs no bytes that only fill up the last run", () => {
  assertEquals(walkRuns(RUNS.subarray(0, 6), 2, 1, 3 + 5), 3 + 2);
  assertThrows(() => walkRuns(RUNS.subarray(0, 6), 2, 1, 3 + 9), Error, "a page ends before");
});

Deno.test("walkRuns() walks numbers of several bytes, and of none", () => {
  // 200 times a number of 9 bits, then 8 of them.
  const wide = Uint8Array.of(0x90, 3, 1, 1, 3, ...Array(9).fill(0));
  assertEquals(walkRuns(wide, 0, 9, 208), 0);
  assertThrows(() => walkRuns(wide.subarray(0, -1), 0, 9, 208), Error, "a page ends before");
  assertEquals(walkRuns(Uint8Array.of(20), 0, 0, 10), 0);
});

Deno.test("walkRuns() refuses runs that cannot be", () => {
  const cases: [number[], string][] = [
    [[22, 1], "a run of 11 numbers, where 10 are missing"],
    [[4, 1, 18, 1], "a run of 9 numbers, where 8 are missing"],
    [[1, 1], "a run of 0 numbers, where 10 are missing"],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], "a run of 17179869176 numbers"],
    [[0x80, 0x80], "a page ends before its values do"],
    [Array(11).fill(0x80), "a number without an end"],
    [[5, 1], "a page ends before its values do"],
    [[], "a page ends before its values do"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => walkRuns(Uint8Array.from(bytes), 0, 1, 10), Error, message);
  }
});

/** The beginning of numbers in blocks of 128, in 4 parts, the first of them 0. */
function deltas(count: number, ...rest: number[]): Uint8Array {
  return Uint8Array.of(128, 1, 4, count, 0, ...rest);
}

Deno.test("walkDeltas() finds where numbers end", () => {
  assertEquals(walkDeltas(deltas(1, 7, 7), 0, 1), 5);
  // The second part has 3 bits a number, and the others are not there.
  const block = [2, 0, 3, 0, 0, ...Array(12).fill(1)];
  assertEquals(walkDeltas(deltas(40, ...block, 7), 0, 40), 5 + block.length);
  assertEquals(walkDeltas(deltas(33, ...block), 0, 33), 5 + 5);
  assertThrows(() => walkDeltas(deltas(40, ...block.slice(1)), 0, 40), Error, "a page ends before");
});

Deno.test("walkDeltas() refuses blocks that cannot be", () => {
  for (const [block, parts] of [[0, 4], [64, 0], [64, 127], [12, 4]]) {
    assertThrows(
      () => walkDeltas(Uint8Array.of(block!, parts!, 40, 0, 1, 1, 1, 1, 1), 0, 40),
      Error,
      `blocks of ${block} numbers in ${parts} parts`,
    );
  }
  // Less than none.
  const negative = [0xff, 0xff, 0xff, 0xff, 0x0f];
  assertThrows(
    () => walkDeltas(Uint8Array.of(64, ...negative, 40, 0, 1), 0, 40),
    Error,
    "-1 parts",
  );
});
