/**
 * Curves in characters.
 *
 * @module
 */

import { formatNumber } from "../../lib/cli/format.ts";

/** A place of a curve. */
export type Place = readonly [x: number, y: number];

/** The first character of Braille, which has no dot, and the dots by column and row. */
const [BRAILLE, DOTS] = [0x2800, [[1, 2, 4, 64], [8, 16, 32, 128]]] as const;

/**
 * The lines of a curve: in each cell a character of Braille, which has 2 × 4 dots, and on the left
 * the numbers of the first and the last line.
 *
 * @param places What is no number is left out.
 * @param width Characters of a line.
 * @param height Lines.
 * @returns Nothing where there is no place, or no room.
 */
export function drawChart(places: readonly Place[], width: number, height: number): string[] {
  const finite = places.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (finite.length === 0) return [];
  const [left, right] = extent(finite.map(([x]) => x));
  const [low, high] = extent(finite.map(([, y]) => y));
  const labels = [formatNumber(high), formatNumber(low)];
  const margin = Math.max(...labels.map(({ length }) => length)) + 1;
  const columns = width - margin;
  if (columns < 2 || height < 2) return [];
  const cells = Array.from({ length: height }, () => new Uint8Array(columns));
  const put = (x: number, y: number) => {
    cells[y >> 2]![x >> 1]! |= DOTS[x % 2 as 0 | 1][y % 4]!;
  };
  const toX = (x: number) => place(x, left, right, 2 * columns - 1);
  const toY = (y: number) => 4 * height - 1 - place(y, low, high, 4 * height - 1);
  let before: Place | undefined;
  for (const [x, y] of finite) {
    const to: Place = [toX(x), toY(y)];
    const [fromX, fromY] = before ?? to;
    // A dot in each column that the line passes.
    const steps = Math.max(1, Math.abs(to[0] - fromX));
    for (let i = 0; i <= steps; i++) {
      const share = i / steps;
      put(Math.round(fromX + share * (to[0] - fromX)), Math.round(fromY + share * (to[1] - fromY)));
    }
    before = to;
  }
  return cells.map((row, i) => {
    const label = i === 0 ? labels[0]! : i === height - 1 ? labels[1]! : "";
    return `${label.padStart(margin - 1)} ${
      [...row].map((dots) => String.fromCharCode(BRAILLE + dots)).join("")
    }`.trimEnd();
  });
}

function extent(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** Where a value lies between two, from 0 to `last`; in the middle if these are the same. */
function place(value: number, from: number, to: number, last: number): number {
  return Math.round((from === to ? 0.5 : (value - from) / (to - from)) * last);
}
