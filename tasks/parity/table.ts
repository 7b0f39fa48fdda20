/**
 * The printed form of the checks' results.
 *
 * @module
 */

import type { GoldenResult } from "./check.ts";

const QUANTITY_WIDTH = 52;
const NUMBER_WIDTH = 8;

/** The line above the results; files are padded to `fileWidth`. */
export function headerLine(fileWidth: number): string {
  return line(["file", "quantity", "error", "bound", ""], fileWidth);
}

/** A result, with a second line if there is a problem to tell. */
export function resultLine(result: GoldenResult, fileWidth: number): string {
  const { file, quantity, error, bound, pass, problem } = result;
  const numbers = [error, bound].map((value) => value === 0 ? "0" : value.toExponential(1));
  const text = line([file, quantity, ...numbers, pass ? "pass" : "FAIL"], fileWidth);
  return problem === undefined ? text : `${text}\n${" ".repeat(fileWidth + 2)}${problem}`;
}

/** Names of tensors as a short list: those of a common first part become `part.*`. */
export function shortList(names: readonly string[]): string {
  const groups = Map.groupBy(names, (name) => name.split(".")[0]!);
  return [...groups].map(([part, all]) => all.length === 1 ? all[0] : `${part}.* (${all.length})`)
    .join(", ");
}

/** How many results passed, and which came nearest to its bound, as a share of the bound. */
export function summaryLine(results: readonly GoldenResult[]): string {
  const passed = results.filter(({ pass }) => pass).length;
  const files = new Set(results.map(({ file }) => file)).size;
  const counts = `${passed} of ${results.length} quantities of ${files} files within their bounds`;
  const worst = results.filter(({ pass, error }) => pass && error > 0)
    .reduce<GoldenResult | null>((a, b) => a && share(a) >= share(b) ? a : b, null);
  if (passed < results.length) return `${counts}: ${results.length - passed} FAILED`;
  if (worst === null) return counts;
  const percent = (100 * share(worst)).toPrecision(2);
  return `${counts}; nearest to it, at ${percent}%: ${worst.file} ${worst.quantity}`;
}

function share({ error, bound }: GoldenResult): number {
  return error / bound;
}

function line(
  [file, quantity, error, bound, verdict]: readonly string[],
  fileWidth: number,
): string {
  return [
    file!.padEnd(fileWidth),
    quantity!.padEnd(QUANTITY_WIDTH),
    error!.padStart(NUMBER_WIDTH),
    bound!.padStart(NUMBER_WIDTH),
    verdict,
  ].join("  ").trimEnd();
}
