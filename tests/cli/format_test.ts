/**
 * Numbers, sizes and times as people read them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatNumbers,
  formatRate,
  formatStandardError,
  formatSteps,
  formatUnits,
} from "../../lib/cli/format.ts";

/** Checks a function on pairs of input and output. */
function check(format: (value: number) => string, cases: [number, string][]): void {
  for (const [value, text] of cases) assertEquals(format(value), text, `${value}`);
}

Deno.test("formatUnits() and formatSteps() put a unit behind a number, of one in the singular", () => {
  check(formatSteps, [[0, "0 steps"], [1, "1 step"], [2, "2 steps"], [1000, "1,000 steps"]]);
  check((count) => formatUnits(count, "validation block"), [
    [1, "1 validation block"],
    [64, "64 validation blocks"],
  ]);
});

Deno.test("formatBytes() picks the unit", () => {
  check(formatBytes, [
    [0, "0 B"],
    [749.5548010884023, "750 B"],
    [0.4, "0 B"],
    [-1500.5, "-1.47 KiB"],
    [Infinity, "? B"],
    [NaN, "? B"],
    [1023, "1023 B"],
    [1023.4999, "1023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [1024 * 1023.9, "1 MiB"],
    [154 * 1024 ** 2, "154 MiB"],
    [2 ** 40 * 3000, "3000 TiB"],
  ]);
});

Deno.test("formatDuration() picks the unit and carries", () => {
  check(formatDuration, [
    [0, "0 s"],
    [0.4199, "0.42 s"],
    [12.34, "12.3 s"],
    [59.96, "1m 00s"],
    [125, "2m 05s"],
    [3599.6, "1h 00m"],
    [11040, "3h 04m"],
    [86400 * 5 + 3600 * 6, "5d 06h"],
    [Infinity, "?"],
    [NaN, "?"],
  ]);
});

Deno.test("formatCount() groups thousands", () => {
  check(formatCount, [[0, "0"], [999, "999"], [1234567, "1,234,567"]]);
});

Deno.test("formatNumber() keeps four digits", () => {
  check(formatNumber, [
    [0, "0"],
    [1.23456, "1.235"],
    [-0.00031, "-0.00031"],
    [1.2e-7, "1.2e-7"],
    [1e-8, "1e-8"],
    [12345.6, "12350"],
    [1234567, "1.235e+6"],
    [NaN, "NaN"],
    [-Infinity, "-Infinity"],
  ]);
});

Deno.test("formatStandardError() keeps two digits", () => {
  check(formatStandardError, [
    [0.08777, "0.088"],
    [2.935e-5, "2.9e-5"],
    [123.4, "120"],
    [0, "0"],
  ]);
});

Deno.test("formatRate() turns over when the rate is below one a second", () => {
  check((rate) => formatRate(rate, "step"), [
    [2.123, "2.12 steps/s"],
    [12345, "12,345 steps/s"],
    [1, "1 steps/s"],
    [0.25, "4 s/step"],
    [0.01, "1m 40s/step"],
    [0, "0 steps/s"],
  ]);
});

Deno.test("formatRate() counts bytes in units of them", () => {
  check((rate) => formatRate(rate, "byte"), [
    [749.5548010884023, "750 B/s"],
    [0.25, "0 B/s"],
    [3 * 2 ** 20, "3 MiB/s"],
  ]);
});

Deno.test("formatNumbers() gives numbers below each other the same decimals", () => {
  const cases: [number[], string[]][] = [
    [[], []],
    [[17, 20], ["17", "20"]],
    [[34.3712, 17.8, 0.91521], ["34.3712", "17.8000", "0.9152"]],
    [[243.361, 62.2345, 9.5], ["243.36", "62.23", "9.50"]],
    // More than four decimals only where even the largest needs them.
    [[4.21, 0.00056789], ["4.2100", "0.0006"]],
    [[0.00056789, 0.00012], ["0.0005679", "0.0001200"]],
    [[-1.5, NaN, Infinity, 2.25e7, 3], ["-1.5", "NaN", "Infinity", "2.25e+7", "3.0"]],
  ];
  for (const [values, expected] of cases) assertEquals(formatNumbers(values), expected);
});
