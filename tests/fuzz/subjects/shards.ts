/**
 * Folders of token shards.
 *
 * @module
 */

import { readState } from "../../../lib/data/preprocess/state.ts";
import { openShards } from "../../../lib/data/shards/shards.ts";
import { DataError } from "../../../lib/errors.ts";
import { writeShards } from "../../data/written_shards.ts";
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
  const split = { shards: [], openBytes: 0 };
  const shard = { file: "train-00000.bin", blocks: 2, bytes: 20, sha256: "0".repeat(64) };
  const state = {
    configHash: "c",
    plan: { firstValidationDocument: 9, firstValidationBlock: null, documents: 10, bytes: null },
    cursor: { parts: "train", part: 0, documents: 3, read: 3 },
    split: "train",
    packer: { tokens: [2, 1], texts: 3 },
    writers: { train: { shards: [shard], openBytes: 10 }, validation: split },
    statistics: {
      documents: { train: 3, validation: 0 },
      read: 3,
      faults: 0,
      bytes: 12,
      emptyBytes: 0,
      counts: [1, 2, 3],
      lengths: [0, 3],
    },
  };
  const inputs = {
    configHash: "c",
    parts: { train: [], validation: null },
    vocabSize: 3,
    length: 5,
  };
  return {
    files: { "progress.json": encoded(JSON.stringify(state)) },
    damage: damagedJson,
    read: (file, name) =>
      readState(decoded(file), inputs, { name, error: DataError, advice: "Begin anew." }) !== null,
  };
}
