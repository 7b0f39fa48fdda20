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

/** A key of a mapping that has another name by now. */
interface Renamed {
  readonly section: string;
  readonly before: string;
  readonly now: string;
}

const RENAMED: readonly Renamed[] = [
  { section: "distill", before: "boundaryProb", now: "boundaryOneIn" },
  { section: "secondStage", before: "boundaryProb", now: "boundaryOneIn" },
];

/** Kinds of models that have another name by now, by the one that they had. */
const FORMER_KINDS: Readonly<Record<string, string>> = { flow_map: "semigroup" };

/** Today's name of a kind of model. */
export function currentKind(kind: string): string {
  return Object.hasOwn(FORMER_KINDS, kind) ? FORMER_KINDS[kind]! : kind;
}

/**
 * The first name of a kind of model, for hashes of what depends on it: what was made when it had
 * that name is still known.
 */
export function firstKind(kind: string): string {
  return Object.entries(FORMER_KINDS).find(([, now]) => now === kind)?.[0] ?? kind;
}

/** The first name of a full key, for hashes of what depends on it. */
export function firstKey(key: string): string {
  const renamed = RENAMED.find(({ section, now }) => `${section}.${now}` === key);
  return renamed === undefined ? key : `${renamed.section}.${renamed.before}`;
}

/**
 * Writes a parsed configuration in today's words. A key that stands there under both names is
 * left to the reader, which does not know the former one.
 */
export function modernise(raw: unknown): Modernised {
  if (!isMapping(raw)) return { document: raw, notes: [] };
  const document = structuredClone(raw);
  const notes: string[] = [];
  for (const { section, before, now } of RENAMED) {
    const keys = document[section];
    if (!isMapping(keys) || !Object.hasOwn(keys, before) || Object.hasOwn(keys, now)) continue;
    document[section] = Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [key === before ? now : key, value]),
    );
    notes.push(`${section}.${before} is ${section}.${now} by now`);
  }
  const { evaluation } = document;
  if (isMapping(evaluation) && Array.isArray(evaluation.bounds)) {
    evaluation.bounds = modernBounds(
      evaluation.bounds.map((bound) => {
        if (!isMapping(bound) || typeof bound.model !== "string") return bound;
        const model = currentKind(bound.model);
        if (model !== bound.model) {
          notes.push(`evaluation.bounds: model ${bound.model} is ${model} by now`);
        }
        return { ...bound, model };
      }),
      notes,
    );
  }
  // What is so of several bounds is said once.
  return { document, notes: [...new Set(notes)] };
}
