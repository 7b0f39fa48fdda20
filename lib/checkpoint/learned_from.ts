/**
 * The networks that a student learns from: they must stay the same until it has ended.
 *
 * @module
 */

import { kebab, keyInWords } from "../config/key_names.ts";
import { CheckpointError } from "../errors.ts";
import { pathForCaller } from "../system/task_command.ts";
import { checkpointFolder } from "./files.ts";
import type { Frozen } from "./frozen.ts";
import type { NetworkIdentity } from "./state.ts";

/** Networks by what they are to a student: `teacher`, `flowMap`. */
export type Teachers = Readonly<Record<string, Pick<Frozen, "identity" | "location">>>;

/** What a checkpoint keeps of the networks that its model learned from. */
export function identitiesOf(teachers: Teachers): Record<string, NetworkIdentity> {
  return Object.fromEntries(
    Object.entries(teachers).map(([name, { identity }]) => [name, identity]),
  );
}

/**
 * Compares the networks that a run is to go on learning from with those that it began with.
 *
 * @param run The student's run.
 * @param before What its checkpoint says; nothing if an older version wrote it.
 * @throws {CheckpointError} naming both networks and how to go on.
 */
export function requireSameTeachers(
  run: string,
  before: Readonly<Record<string, NetworkIdentity>> | undefined,
  now: Teachers,
): void {
  for (const [name, { identity, location }] of Object.entries(now)) {
    const known = before?.[name];
    if (known === undefined || known.sha256 === identity.sha256) continue;
    const role = keyInWords(name);
    throw new CheckpointError(
      `The ${role} is not the one that ${pathForCaller(run)} began with: that was ` +
        `${describeNetwork(known)}, and ${pathForCaller(location)} is ` +
        `${describeNetwork(identity)}. Give that one, ${checkpointFolder(known.step)} of the ` +
        `${role}'s run if it is still there, by --${kebab(name)}: a run that goes on keeps the ` +
        `newest train.keepCheckpoints of its checkpoints. If it is gone, begin anew from the one ` +
        `that there is, under another name (--name NAME).`,
    );
  }
}

/** A network in words. */
export function describeNetwork({ step, sha256 }: NetworkIdentity): string {
  return `the network of step ${step} (SHA-256 ${sha256.slice(0, 12)})`;
}
