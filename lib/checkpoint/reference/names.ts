/**
 * The names of tensors in files of the reference.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { describeKey } from "../../schema/field.ts";

/** Names of parameters as they are here, and as a file has them, in the file's order. */
export type StoredNames = ReadonlyMap<string, string>;

/** The tensors of a file of the reference, by what they belong to. */
export interface ReferenceNames {
  /** The model's own parameters. */
  readonly model: StoredNames;
  /** Those of a teacher. */
  readonly teacher: StoredNames;
  /** The name of the rotary positions' frequencies, a buffer of half a head; if there is one. */
  readonly frequencies: string | undefined;
}

/** What stands before the names of a model's parameters in a state_dict. */
export const BACKBONE = "backbone.";
/** What stands before those of a teacher. */
export const TEACHER = "teacher_model.";
/** The buffer of the rotary positions. */
export const FREQUENCIES = "rotary_emb.inv_freq";

/**
 * Sorts the names of a file. `backbone.` and the `_orig_mod.` of a compiled model are left out.
 *
 * @throws {CheckpointError} if two tensors have the same name then.
 */
export function referenceNames(file: string, stored: Iterable<string>): ReferenceNames {
  const model = new Map<string, string>();
  const teacher = new Map<string, string>();
  let frequencies: string | undefined;
  for (const name of stored) {
    const isTeacher = name.startsWith(TEACHER);
    const own = name.slice(isTeacher ? TEACHER.length : 0)
      .replaceAll(/(?<=^|\.)_orig_mod\./g, "")
      .replace(BACKBONE, "");
    if (own === FREQUENCIES) {
      if (!isTeacher) frequencies = name;
      continue;
    }
    const group = isTeacher ? teacher : model;
    const other = group.get(own);
    if (other !== undefined) {
      throw new CheckpointError(
        `Cannot read ${file}: it has ${describeKey(own)} twice, as ${describeKey(other)} and as ` +
          `${describeKey(name)}.`,
      );
    }
    group.set(own, name);
  }
  return { model, teacher, frequencies };
}
