import { assertEquals } from "@std/assert";
import { indexOfLarge } from "../../lib/math/large.ts";

Deno.test("indexOfLarge() finds the first value that is no finite number", () => {
  const fine = Float32Array.of(0, -0, 1, -3.4e38, 3.4028234663852886e38, 1e-45);
  assertEquals(indexOfLarge(fine), -1);
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (let at = 0; at < fine.length; at++) assertEquals(indexOfLarge(fine.with(at, bad)), at);
  }
  assertEquals(indexOfLarge(new Float32Array(0)), -1);
});

Deno.test("indexOfLarge() finds the first value of at least a size", () => {
  const below = -(2 ** 64) * (1 - 2 ** -24);
  assertEquals(indexOfLarge(Float32Array.of(1, below), 2 ** 64), -1);
  assertEquals(indexOfLarge(Float32Array.of(1, below, -(2 ** 64), 1e30), 2 ** 64), 2);
  assertEquals(indexOfLarge(Float32Array.of(1, NaN), 2 ** 64), 1);
});

Deno.test("indexOfLarge() looks at float16, too", () => {
  const fine = Float16Array.of(0, -0, 65504, -65504, 2 ** -24);
  assertEquals(indexOfLarge(fine), -1);
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (let at = 0; at < fine.length; at++) assertEquals(indexOfLarge(fine.with(at, bad)), at);
  }
  assertEquals(indexOfLarge(Float16Array.of(1, 255, -256), 256), 2);
  assertEquals(indexOfLarge(Float16Array.of(1, -1, NaN).subarray(1), 2 ** 64), 1);
});
