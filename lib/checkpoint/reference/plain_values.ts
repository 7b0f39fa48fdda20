/**
 * Configurations of the reference as plain values: OmegaConf's nodes and the dicts of a pickle.
 *
 * @module
 */

import { PickleObject, Tuple } from "../../pickle/values.ts";

/** Levels of nesting that are followed; configurations have four. */
const MAX_DEPTH = 32;
/** Values that are looked at: what stands in many places may be more than memory can hold. */
const MAX_VALUES = 100_000;

/**
 * The plain value of a node: mappings, lists, texts, numbers, true, false and null. A node of
 * OmegaConf is its content (`_content`) or its value (`_val`). What is none of these, contains
 * itself, is an interpolation or comes after very many others is undefined.
 */
export function plainValue(value: unknown): unknown {
  let left = MAX_VALUES;
  function plain(value: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH || left-- <= 0) return undefined;
    const inner = (each: unknown) => plain(each, depth + 1);
    if (value instanceof PickleObject) {
      const { state } = value;
      if (!(state instanceof Map)) return undefined;
      if (state.has("_content")) return inner(state.get("_content"));
      return state.has("_val") ? inner(state.get("_val")) : undefined;
    }
    if (value instanceof Map) {
      return Object.fromEntries(
        [...value].filter(([key]) => typeof key === "string")
          .map(([key, each]) => [key, inner(each)]),
      );
    }
    if (value instanceof Tuple) return value.items.map(inner);
    if (Array.isArray(value)) return value.map(inner);
    if (typeof value === "string") return /^\$\{/.test(value) ? undefined : value;
    return value === null || ["number", "boolean"].includes(typeof value) ? value : undefined;
  }
  return plain(value, 0);
}
