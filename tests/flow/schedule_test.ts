/**
 * Tests of the time reparameterisation against the reference's tables.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";

const VOCAB_SIZES = [30522, 50257, 50258, 28, 256, 37, 101];
const schedules = new Map(VOCAB_SIZES.map((size) => [size, new GammaSchedule(size)]));

/** Checks |actual − expected| ≤ bound·|expected| + absolute at every point. */
function assertClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: (i: number) => number,
  absolute: number,
): void {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    assert(
      error <= bound(i) * Math.abs(expected[i]!) + absolute,
      `${what} at point ${i}: ${actual[i]} instead of ${expected[i]}`,
    );
  }
}

Deno.test("GammaSchedule agrees with the reference in both directions at every vocabulary size", async () => {
  using file = await SafetensorsFile.open("tests/golden/schedule.safetensors");
  for (const [size, schedule] of schedules) {
    const golden = (name: string) => file.read(`${size}.${name}`, "f64");
    const tight = () => 1e-9;

    const gammas = await golden("gamma");
    assertClose(
      `${size} exactAlphaAt`,
      gammas.map((gamma) => schedule.exactAlphaAt(gamma)),
      await golden("compute_alpha_exact"),
      tight,
      1e-14,
    );
    assertClose(
      `${size} alphaAt`,
      gammas.map((gamma) => schedule.alphaAt(gamma)),
      await golden("gamma_to_alpha"),
      tight,
      1e-14,
    );

    for (const suffix of ["", "_edge"]) {
      const alphas = await golden(`alpha${suffix}`);
      const slopes = await golden(`dgamma_dalpha${suffix}`);
      const steep = (i: number) => slopes[i]! > 100 ? 1e-6 : 1e-9;
      assertClose(
        `${size} gammaAt${suffix}`,
        alphas.map((alpha) => schedule.gammaAt(alpha)),
        await golden(`alpha_to_gamma${suffix}`),
        steep,
        // Where gamma is next to 0 its error is that of alpha, 1e-16, times the slope.
        1e-12,
      );
      assertClose(
        `${size} gammaSlopeAt${suffix}`,
        alphas.map((alpha) => schedule.gammaSlopeAt(alpha)),
        slopes,
        // The last interval is 1e-14 wide, so alpha's rounding shows in its slope.
        (i) => alphas[i] === 1 ? 0.05 : 1e-6,
        0,
      );
    }
  }
});

Deno.test("GammaSchedule agrees with the reference's float32 call", async () => {
  using file = await SafetensorsFile.open("tests/golden/schedule.safetensors");
  for (const [size, schedule] of schedules) {
    const alphas = await file.read(`${size}.alpha`, "f64");
    assertEquals(
      alphas.map((alpha) => Math.fround(schedule.gammaAt(Math.fround(alpha)))),
      await file.read(`${size}.alpha_to_gamma_float32`, "f64"),
    );
  }
});

Deno.test("GammaSchedule rises from 0 to 1 and inverts itself", () => {
  for (const [size, schedule] of schedules) {
    assertEquals(schedule.gammaAt(0), 0);
    assertEquals(schedule.gammaAt(1), 1);
    let before = 0;
    for (let i = 1; i < 1000; i++) {
      const gamma = schedule.gammaAt(i / 1000);
      assert(gamma > before, `${size}: gamma(${i / 1000}) = ${gamma} after ${before}`);
      assertAlmostEquals(schedule.alphaAt(gamma), i / 1000, 1e-9);
      before = gamma;
    }
  }
});

Deno.test("GammaSchedule is the chance of the true token when there are two", () => {
  // One rival: q = P(Z + m > Z') = Φ(m/√2) with m = γ/(1−γ), and alpha = 2q − 1.
  const schedule = new GammaSchedule(2);
  // m = 1 at gamma = 1/2, and erf(1/2) is a tabulated number.
  assertAlmostEquals(schedule.exactAlphaAt(0.5), 0.520499877813047 - 0.5e-10, 1e-13);
});

Deno.test("GammaSchedule throws when the vocabulary is impossible", () => {
  for (const size of [1, 0, -5, 27.5, NaN]) {
    assertThrows(() => new GammaSchedule(size), RangeError, `vocabulary of ${size}`);
  }
});
