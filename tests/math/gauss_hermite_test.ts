/**
 * Tests of the Gauss-Hermite rules.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { gaussHermite } from "../../lib/math/gauss_hermite.ts";

Deno.test("gaussHermite() agrees with numpy when it has 100 nodes", async () => {
  using file = await SafetensorsFile.open("tests/golden/schedule.safetensors");
  const x = await file.read("gauss_hermite.x", "f64");
  const w = await file.read("gauss_hermite.w", "f64");
  const { nodes, weights } = gaussHermite(100);
  assertEquals(nodes.length, 100);
  for (let i = 0; i < 100; i++) {
    assertAlmostEquals(nodes[i]!, x[i]!, 1e-14);
    const error = Math.abs(weights[i]! / w[i]! - 1);
    assert(error < 1e-11, `weight ${i} has relative error ${error}`);
  }
});

Deno.test("gaussHermite() is exact for polynomials up to its degree", () => {
  for (const count of [1, 2, 5, 8, 101]) {
    const { nodes, weights } = gaussHermite(count);
    // ∫ x^(2k) exp(−x²) dx = Γ(k + 1/2), and odd powers vanish.
    let moment = Math.sqrt(Math.PI);
    for (let k = 0; k < Math.min(count, 20); k++) {
      const even = nodes.reduce((sum, x, i) => sum + weights[i]! * x ** (2 * k), 0);
      const odd = nodes.reduce((sum, x, i) => sum + weights[i]! * x ** (2 * k + 1), 0);
      assertAlmostEquals(even / moment, 1, 1e-12);
      assertAlmostEquals(odd / moment, 0, 1e-12);
      moment *= k + 0.5;
    }
  }
});

Deno.test("gaussHermite() throws when the count is out of range", () => {
  for (const count of [0, -1, 1.5, NaN, 351]) {
    assertThrows(() => gaussHermite(count), RangeError, "1 to 350");
  }
  assert(gaussHermite(350).weights.every((weight) => weight >= 0));
});
