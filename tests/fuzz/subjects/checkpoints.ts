/**
 * What is said of checkpoints, runs and models, in JSON.
 *
 * @module
 */

import { readLatest } from "../../../lib/checkpoint/run_folder.ts";
import { formatCheckpointState, parseCheckpointState } from "../../../lib/checkpoint/state.ts";
import { sha256Hex } from "../../../lib/system/sha256.ts";
import { FULL_STATE } from "../../testing/checkpoint_states.ts";
import { damagedJson } from "../damage/json.ts";
import { decoded, encoded } from "../damage/text.ts";
import type { Bytes, Damage, Subject } from "../subject.ts";

/** Most of them have the checksum that belongs to what they say. */
const damage: Damage = async (file, random, other) => {
  const damaged = await damagedJson(file, random, other);
  return random(4) === 0 ? damaged : await withChecksum(damaged);
};

async function withChecksum(file: Bytes): Promise<Bytes> {
  try {
    const { checksum: _, ...rest } = JSON.parse(decoded(file));
    return encoded(JSON.stringify({ ...rest, checksum: await sha256Hex(JSON.stringify(rest)) }));
  } catch {
    return file;
  }
}

/** `parseCheckpointState`. */
export async function state(): Promise<Subject> {
  const { files: _, teacher: _teacher, ...bare } = FULL_STATE;
  return {
    files: {
      "whole/state.json": encoded(await formatCheckpointState(FULL_STATE)),
      "bare/state.json": encoded(JSON.stringify({ ...bare, kind: "flm" })),
    },
    damage,
    read: (file, name) => parseCheckpointState(decoded(file), name),
  };
}

/** `readLatest`; what is none at all is not refused here. */
export function latest(folder: string): Subject {
  return {
    files: { "latest.json": encoded('{"checkpoint":"checkpoints/0000200"}\n') },
    damage: damagedJson,
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}`, file);
      return (await readLatest(folder)).checkpoint !== undefined;
    },
  };
}
