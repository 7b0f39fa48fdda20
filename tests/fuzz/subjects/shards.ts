/**
 * Folders of token shards.
 *
 * @module
 */

import { readState } from "../../../lib/data/preprocess/state.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { DataError } from "../../../lib/errors.ts";
import { writeShards } from "../../data/written_shards.ts";
import { PREPROCESS_INPUTS, PREPROCESS_STATE } from "../../testing/preprocess_state.ts";
import { damagedBytes } from "../damage/bytes.ts";
import { damagedJson } from "../damage/json.ts";
import { decoded, encoded } from "../damage/text.ts";
import type { Subject } from "../subject.ts";

/** Blocks that are read of a split. */
const MOST_BLOCKS = 20;

async function readBlocks(folder: string): Promise<void> {
  using shards = await openShards(folder);
  for (const split of ["train", "validation"] as const) {
    const blocks = shards.blocks(split);
    const target = new Uint32Array(blocks.length);
    for (let i = 0; i < Math.min(MOST_BLOCKS, blocks.numBlocks); i++) blocks.read(i, target, 0);
  }
}

/** `openShards`, whose manifest is damaged. */
export async function manifest(folder: string): Promise<Subject> {
  const path = `${folder}/manifest.json`;
  await writeShards(folder);
  return {
    files: { "manifest.json": await Deno.readFile(path) },
    damage: damagedJson,
    // Shards that it names may not be there, or have another size.
    place: folder,
    async read(file) {
      await Deno.writeFile(path, file);
      await readBlocks(folder);
    },
  };
}

/** `ShardSet`, whose shards are damaged: they have the size that they should. */
export async function shards(folder: string): Promise<Subject> {
  const manifest = await writeShards(folder, 1000);
  const files = manifest.splits.train.shards.map(({ file }) => file);
  const good = Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file, await Deno.readFile(`${folder}/${file}`)] as const),
    ),
  );
  return {
    files: good,
    damage(file, random, other) {
      const damaged = damagedBytes(file, random, other);
      if (random(8) === 0) return damaged;
      const whole = file.slice();
      whole.set(damaged.subarray(0, whole.length));
      return whole;
    },
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}`, file);
      try {
        await readBlocks(folder);
      } finally {
        await Deno.writeFile(`${folder}/${name}`, good[name]!);
      }
    },
  };
}

/** `readState`, of what preprocessing goes on from. */
export function progress(): Subject {
  return {
    files: { "progress.json": encoded(JSON.stringify(PREPROCESS_STATE)) },
    damage: damagedJson,
    read: (file, name) =>
      readState(decoded(file), PREPROCESS_INPUTS, {
        name,
        error: DataError,
        advice: "Begin anew.",
      }) !== null,
  };
}
