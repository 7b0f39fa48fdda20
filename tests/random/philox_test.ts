/**
 * Tests of the host's Philox generator.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { normalsOf, Philox, philox4x32, Stream, uniformOf } from "../../lib/random/philox.ts";

Deno.test("philox4x32() gives Random123's known answers", () => {
  // The lines `philox4x32 10` of Random123's kat_vectors.
  const ones = 0xffffffff;
  assertEquals(
    philox4x32([0, 0, 0, 0], [0, 0]),
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  );
  assertEquals(
    philox4x32([ones, ones, ones, ones], [ones, ones]),
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  );
  assertEquals(
    philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
});

Deno.test("Philox takes its key from seed and stream and its counter in order", () => {
  const random = new Philox(0x123456789abcd, Stream.Dropout);
  assertEquals(random.key, [0x6789abcd, 0x12345 ^ Stream.Dropout]);
  assertEquals(random.words(1, 2, 3, 4), philox4x32([1, 2, 3, 4], random.key));
  assertEquals(new Philox(2n ** 64n - 1n, Stream.Noise).key, [0xffffffff, 0xfffffffe]);
});

Deno.test("Philox throws when the seed is not a integer from 0 to 2^64 - 1", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 53, -1n, 2n ** 64n]) {
    assertThrows(() => new Philox(seed, Stream.Noise), RangeError, "Cannot seed");
  }
});

Deno.test("uniformOf() and normalsOf() keep to their ranges at the extreme words", () => {
  assertEquals(uniformOf(0), 0);
  assertEquals(uniformOf(0xffffffff), 1 - 2 ** -24);
  const [largest, beside] = normalsOf(0, 0);
  assertAlmostEquals(largest, Math.sqrt(48 * Math.LN2), 1e-14);
  assertEquals(beside, 0);
  assertEquals(normalsOf(0xffffffff, 0x40000000).map(Math.abs), [0, 0]);
});

Deno.test("Philox.normals() pairs lanes 0 and 1, 2 and 3", () => {
  const random = new Philox(7, Stream.Noise);
  const [x0, x1, x2, x3] = random.words(5, 6, 7, 8);
  assertEquals(random.normals(5, 6, 7, 8), [...normalsOf(x0, x1), ...normalsOf(x2, x3)]);
  assertEquals(
    random.uniforms(5, 6, 7, 8),
    [x0, x1, x2, x3].map(uniformOf) as [
      number,
      number,
      number,
      number,
    ],
  );
});

Deno.test("Philox.normals() has the moments of a standard normal in every lane", () => {
  const random = new Philox(1, Stream.Noise);
  const count = 20_000;
  const sums = [0, 1, 2, 3].map(() => [0, 0, 0, 0]);
  let cross = 0;
  for (let i = 0; i < count; i++) {
    const normals = random.normals(i % 50, i % 7, i, 3);
    normals.forEach((z, lane) => sums[lane]!.forEach((_, k) => sums[lane]![k]! += z ** (k + 1)));
    cross += normals[0] * normals[1];
  }
  for (const lane of sums) {
    const [mean, square, cube, fourth] = lane.map((sum) => sum / count);
    // Five standard deviations of each estimate.
    assertAlmostEquals(mean!, 0, 5 / Math.sqrt(count));
    assertAlmostEquals(square!, 1, 5 * Math.sqrt(2 / count));
    assertAlmostEquals(cube!, 0, 5 * Math.sqrt(15 / count));
    assertAlmostEquals(fourth!, 3, 5 * Math.sqrt(96 / count));
  }
  assertAlmostEquals(cross / count, 0, 5 / Math.sqrt(count));
});

Deno.test("Philox gives other numbers for another stream, seed or any word of the counter", () => {
  const draws = [
    new Philox(1, Stream.Noise).words(0, 0, 0, 0),
    new Philox(1, Stream.Times).words(0, 0, 0, 0),
    new Philox(2, Stream.Noise).words(0, 0, 0, 0),
    new Philox(1n << 32n, Stream.Noise).words(0, 0, 0, 0),
    new Philox(1, Stream.Noise).words(1, 0, 0, 0),
    new Philox(1, Stream.Noise).words(0, 1, 0, 0),
    new Philox(1, Stream.Noise).words(0, 0, 1, 0),
    new Philox(1, Stream.Noise).words(0, 0, 0, 1),
  ];
  assertEquals(new Set(draws.flat()).size, 4 * draws.length);
  const streams = Object.values(Stream);
  assert(new Set(streams).size === streams.length);
});
