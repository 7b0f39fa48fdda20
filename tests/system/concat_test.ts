import { assertEquals } from "@std/assert";
import { concat } from "../../lib/system/concat.ts";

Deno.test("concat() gives all bytes in a buffer of their own, a lone piece as it is", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5);
  const whole = concat([bytes.subarray(3), bytes.subarray(0, 0), bytes.subarray(0, 2)]);
  assertEquals(whole, Uint8Array.of(4, 5, 1, 2));
  assertEquals(whole.buffer.byteLength, 4);
  assertEquals(concat([]).length, 0);
  assertEquals(concat([bytes]) === bytes, true);
});
