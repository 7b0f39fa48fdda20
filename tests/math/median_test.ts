import { assertEquals } from "@std/assert";
import { median } from "../../lib/math/median.ts";

Deno.test("median() is the middle, or halfway between the two in the middle", () => {
  assertEquals(median([3]), 3);
  assertEquals(median([10, 1, 2]), 2);
  assertEquals(median([4, 1, 2, 100]), 3);
  assertEquals(median([]), NaN);
});
