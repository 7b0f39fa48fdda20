/**
 * Keys and values that configurations had before: what was written with them still loads.
 *
 * @module
 */

import { isMapping } from "../schema/tree.ts";
import { modernBounds } from "./former_bounds.ts";

/** A document in today's words. */
export interface Modernised {
  /** The document; what it was made from is left as it was. */
  readonly document: unknown;
  /** A sentence for each thing that has another name by now. */
  readonly notes: readonly string[];
}

/** Writes a parsed configuration in today's words. */
export function modernise(raw: unknown): Modernised {
  if (!isMapping(raw)) return { document: raw, notes: [] };
  const document = structuredClone(raw);
  const notes: string[] = [];
  const { evaluation } = document;
  if (isMapping(evaluation) && Array.isArray(evaluation.bounds)) {
    evaluation.bounds = modernBounds(evaluation.bounds, notes);
  }
  return { document, notes };
}
