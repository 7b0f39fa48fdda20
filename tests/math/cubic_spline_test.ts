/**
 * Tests of the not-a-knot cubic spline.
 *
 * @module
 */

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CubicSpline } from "../../lib/math/cubic_spline.ts";

const X = new Float64Array([-2, -1.5, 0.25, 1, 4, 4.5, 7]);

Deno.test("CubicSpline gives back a cubic, inside and outside its knots", () => {
  const cubic = (x: number) => 2 - x + 0.5 * x ** 2 - 0.25 * x ** 3;
  const slope = (x: number) => -1 + x - 0.75 * x ** 2;
  for (const knots of [X, X.subarray(0, 4)]) {
    const spline = new CubicSpline(knots, knots.map(cubic));
    assertEquals(spline.numKnots, knots.length);
    for (let x = -3; x <= 8; x += 0.37) {
      assertAlmostEquals(spline.at(x), cubic(x), 1e-11);
      assertAlmostEquals(spline.derivativeAt(x), slope(x), 1e-11);
    }
  }
});

Deno.test("CubicSpline is twice smooth at the knots and thrice at the second from each end", () => {
  const y = new Float64Array([1, 3, -2, 0.5, 0, 4, 1]);
  const spline = new CubicSpline(X, y);
  // A cubic's derivatives from its values at four points of one interval.
  const derivatives = (from: number, to: number, x: number) => {
    const u = [0.2, 0.4, 0.6, 0.8].map((s) => from + s * (to - from));
    const slope = (i: number) => spline.derivativeAt(u[i]!);
    const second = (i: number) => (slope(i + 1) - slope(i - 1)) / (u[i + 1]! - u[i - 1]!);
    const third = (second(2) - second(1)) / (u[2]! - u[1]!);
    return [second(1) + third * (x - u[1]!), third];
  };
  for (let i = 0; i < X.length; i++) assertAlmostEquals(spline.at(X[i]!), y[i]!, 1e-12);
  for (let i = 1; i < X.length - 1; i++) {
    const [leftSecond, leftThird] = derivatives(X[i - 1]!, X[i]!, X[i]!);
    const [rightSecond, rightThird] = derivatives(X[i]!, X[i + 1]!, X[i]!);
    assertAlmostEquals(leftSecond!, rightSecond!, 1e-9);
    if (i === 1 || i === X.length - 2) assertAlmostEquals(leftThird!, rightThird!, 1e-9);
  }
});

Deno.test("CubicSpline throws when the knots cannot carry a spline", () => {
  const four = new Float64Array(4);
  assertThrows(() => new CubicSpline(X.subarray(0, 3), four.subarray(0, 3)), RangeError, "3 knots");
  assertThrows(() => new CubicSpline(X.subarray(0, 5), four), RangeError, "5 knots and 4 values");
  assertThrows(() => new CubicSpline(new Float64Array([0, 1, 1, 2]), four), RangeError, "knot 2");
  assertThrows(
    () => new CubicSpline(X.subarray(0, 4), new Float64Array([0, NaN, 1, 2])),
    RangeError,
    "knot 1",
  );
});
