/**
 * How deep the values of a pickle lie in each other.
 *
 * @module
 */

import { PersistentId, PickleGlobal, PickleObject, Tuple } from "./values.ts";

/** The values right inside one; those of other classes have none. */
export function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  if (value instanceof PersistentId) return [value.id];
  if (value instanceof PickleObject) {
    const { callable, args, namedArgs, state, items, entries } = value;
    return [callable, args, namedArgs, state, items, entries];
  }
  return [];
}

/**
 * Whether values lie deeper in each other than `limit`, found as one finds them who visits each
 * once, from front to back. It takes a time that is linear in their number, and no recursion.
 */
export function isDeeperThan(root: unknown, limit: number): boolean {
  const seen = new Set<unknown>();
  const path: { readonly children: readonly unknown[]; next: number }[] = [];
  const enter = (value: unknown) => {
    if (typeof value !== "object" || value === null || value instanceof PickleGlobal) return;
    if (value instanceof Uint8Array || seen.has(value)) return;
    seen.add(value);
    path.push({ children: childrenOf(value), next: 0 });
  };
  enter(root);
  while (path.length > 0) {
    if (path.length > limit) return true;
    const top = path.at(-1)!;
    if (top.next === top.children.length) path.pop();
    else enter(top.children[top.next++]);
  }
  return false;
}
