/**
 * Tests of the logarithm of the normal distribution function.
 *
 * @module
 */

import { assert, assertAlmostEquals } from "@std/assert";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { logNormalCdf } from "../../lib/math/log_normal_cdf.ts";

Deno.test("logNormalCdf() agrees with scipy on both tails", async () => {
  using file = await SafetensorsFile.open("tests/golden/schedule.safetensors");
  const x = await file.read("log_ndtr.x", "f64");
  const expected = await file.read("log_ndtr.y", "f64");
  x.forEach((value, i) => {
    const error = Math.abs(logNormalCdf(value) / expected[i]! - 1);
    assert(expected[i] === 0 || error < 1e-13, `log Φ(${value}) has relative error ${error}`);
  });
});

Deno.test("logNormalCdf() stays finite and right when x is huge", () => {
  // log Φ(-x) = -x²/2 - log(x·√(2π)) to 1/x².
  const expected = -0.5e12 - Math.log(1e6 * Math.sqrt(2 * Math.PI));
  assertAlmostEquals(logNormalCdf(-1e6) / expected, 1, 1e-15);
  assert(Object.is(logNormalCdf(1e12), -0) || logNormalCdf(1e12) === 0);
});
