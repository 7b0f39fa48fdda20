/**
 * What flags are about, by which help texts list them.
 *
 * @module
 */

import type { Field } from "../schema/field.ts";

/** The headings of a help text, in order; flags that say nothing belong to the first. */
export const GROUPS = {
  work: "Flags",
  input: "Input",
  output: "Output",
  machine: "Machine",
} as const;

/** What a flag is about. */
export type FlagGroup = keyof typeof GROUPS;

/** A kind of value, as a flag. */
export interface Flag<T> extends Field<T> {
  /** What it is about; what is done unless told. */
  readonly group?: FlagGroup;
}

/** Flags that are about the same. */
export function inGroup<F extends Readonly<Record<string, Field<unknown>>>>(
  group: FlagGroup,
  flags: F,
): F {
  return Object.fromEntries(
    Object.entries(flags).map(([name, field]) => [name, { ...field, group }]),
  ) as unknown as F;
}
