/**
 * Suggestions for mistyped names.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { editDistance, nearest } from "../../lib/schema/nearest.ts";

Deno.test("editDistance() counts insertions, deletions, substitutions and swaps", () => {
  const cases: [string, string, number][] = [
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
    ["steps", "setps", 1],
    ["ca", "abc", 3],
    ["lr", "lr", 0],
  ];
  for (const [a, b, distance] of cases) {
    assertEquals(editDistance(a, b), distance, `${a} to ${b}`);
    assertEquals(editDistance(b, a), distance, `${b} to ${a}`);
  }
});

Deno.test("nearest() finds the closest name when one is close", () => {
  const names = ["hiddenSize", "numHeads", "numBlocks", "lr"];
  assertEquals(nearest("hidenSize", names), "hiddenSize");
  assertEquals(nearest("hidden_size", names), "hiddenSize");
  assertEquals(nearest("num-block", names), "numBlocks");
  assertEquals(nearest("numHaeds", names), "numHeads");
});

Deno.test("nearest() gives null when no name is close", () => {
  assertEquals(nearest("temperature", ["hiddenSize", "lr"]), null);
  assertEquals(nearest("x", ["lr"]), null);
  assertEquals(nearest("x", []), null);
  // At once, however long it is.
  assertEquals(nearest("x".repeat(10_000_000), ["hiddenSize", "lr"]), null);
});
