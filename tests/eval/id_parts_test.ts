import { assertEquals } from "@std/assert";
import { idParts } from "../../lib/eval/id_parts.ts";

Deno.test("idParts() gives what stands before, between and after ids, empty parts included", () => {
  const isBetween = (id: number) => id > 7;
  assertEquals(idParts([1, 2, 9, 3, 8, 8, 4], isBetween), [[1, 2], [3], [], [4]]);
  assertEquals(idParts(Uint32Array.of(9, 1), isBetween), [[], [1]]);
  assertEquals(idParts([], isBetween), [[]]);
});
