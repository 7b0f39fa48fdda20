/**
 * Results that are added to those before.
 *
 * @module
 */

import type { Anchor, GenPplResult, GenPplResults, ResultWay } from "./results.ts";
import type { ValidationTexts } from "./validation.ts";

/** What was found before. */
export type Before = Pick<GenPplResults, "results" | "validation">;

/** What the judge said before of just these validation texts; null if it was not asked. */
export function keptAnchor(
  before: Before,
  { hash }: ValidationTexts,
  maxTokens: number | null,
): Anchor | null {
  return before.validation
    .find((each) => each.texts === hash && each.maxTokens === maxTokens) ?? null;
}

/** The anchor that a row is compared with; null if there is none. */
export function anchorOf(
  { validation }: Pick<GenPplResults, "validation">,
  row: Pick<GenPplResult, "validation" | "maxTokens">,
): Anchor | null {
  return validation
    .find(({ texts, maxTokens }) => texts === row.validation && maxTokens === row.maxTokens) ??
    null;
}

/** The row of samples that were drawn and scored in one way; undefined if there is none. */
export function findResult(
  { results }: Pick<GenPplResults, "results">,
  way: ResultWay,
): GenPplResult | undefined {
  return results.find((row) => keyOf(row) === keyOf(way));
}

/**
 * Adds rows to those that are there, sorted; a row takes the place of one that was measured in the
 * same way. Anchors that no row is compared with are left out.
 */
export function addResults(
  before: Before,
  rows: readonly GenPplResult[],
  anchor: Anchor | null,
): Before {
  const byKey = new Map([...before.results, ...rows].map((row) => [keyOf(row), row]));
  const results = [...byKey.values()].sort((a, b) => compareKeys(sortKey(a), sortKey(b)));
  const anchors = [...before.validation, ...(anchor === null ? [] : [anchor])];
  const validation = anchors.filter((each, i) =>
    anchors.findIndex((other) => isSame(other, each)) === i &&
    results.some((row) => row.validation === each.texts && row.maxTokens === each.maxTokens)
  );
  return { results, validation };
}

function isSame(a: Anchor, b: Anchor): boolean {
  return a.texts === b.texts && a.maxTokens === b.maxTokens;
}

function keyOf(row: ResultWay): string {
  return sortKey(row).join();
}

/** All that a row is known by, steps first. */
function sortKey(way: ResultWay): (number | string)[] {
  const { numSteps, gamma, temperature = 1, topP = 1, weights, numSamples, seed, maxTokens } = way;
  return [
    ...[numSteps, gamma ?? -1, temperature, topP],
    ...[weights, numSamples, seed, maxTokens ?? -1],
  ];
}

function compareKeys(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const i = a.findIndex((value, i) => value !== b[i]);
  return i < 0 ? 0 : a[i]! < b[i]! ? -1 : 1;
}
