/**
 * Results as JSON lines and as a table.
 *
 * @module
 */

import { formatCount } from "../lib/cli/format.ts";
import type { Benchmark } from "./subject.ts";

/** What one benchmark gave. The last three are null where there is no peer. */
export interface Result {
  name: string;
  shape: string;
  /** Rate of flm, in `unit`. */
  value: number;
  unit: string;
  /** The peer's name. */
  peer: string | null;
  /** The peer's rate. */
  peerValue: number | null;
  /** How many times as fast as the peer. */
  ratio: number | null;
}

/** Three significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(3));
}

/** One line of JSON. */
export function jsonLine(result: Result): string {
  return JSON.stringify(
    result,
    (_, value) => typeof value === "number" ? round(value) : value,
  );
}

const cells = (values: string[]) => values.map((value) => value.padStart(11)).join("");

function nameWidth(benchmarks: readonly Benchmark[]): number {
  return Math.max(...benchmarks.map(({ name, shape }) => name.length + shape.length)) + 3;
}

/** The head of the table of these benchmarks. */
export function headerLine(benchmarks: readonly Benchmark[]): string {
  return "".padEnd(nameWidth(benchmarks)) + cells(["flm", "peer", "ratio"]) + "  unit";
}

/** One line of the table. */
export function tableLine(result: Result, benchmarks: readonly Benchmark[]): string {
  const { name, shape, value, unit, peerValue, ratio } = result;
  const number = (x: number | null) =>
    x === null ? "" : x >= 1000 ? formatCount(x) : String(round(x));
  return `${name}  ${shape}`.padEnd(nameWidth(benchmarks)) +
    cells([number(value), number(peerValue), number(ratio)]) + `  ${unit}`;
}
