/**
 * A small folder of token shards for tests.
 *
 * @module
 */
import { dtypeFor, type ShardManifest } from "../../lib/data/shards/manifest.ts";
import { ShardWriter } from "../../lib/data/shards/writer.ts";

/** Tokens in a block. */
export const LENGTH = 5;

/** Block `index` of every split. */
export function block(index: number, vocabSize: number): Uint32Array {
  return Uint32Array.from({ length: LENGTH }, (_, i) => (vocabSize - 1 - index * 7 - i));
}

/** Writes training blocks, 7 unless told, in shards of at most 3, and 2 validation blocks. */
export async function writeShards(
  folder: string,
  vocabSize = 1000,
  numBlocks = 7,
): Promise<ShardManifest> {
  const dtype = dtypeFor(vocabSize);
  const maxShardBytes = (3 * LENGTH + 1) * (dtype === "uint16" ? 2 : 4);
  const splits = {} as ShardManifest["splits"];
  for (const [name, blocks] of [["train", numBlocks], ["validation", 2]] as const) {
    const writer = new ShardWriter(folder, name, { length: LENGTH, vocabSize, maxShardBytes });
    for (let i = 0; i < blocks; i++) writer.add(block(i, vocabSize));
    splits[name] = { documents: 1, blocks: writer.blocks, shards: await writer.finish() };
  }
  const manifest: ShardManifest = {
    format: "flm-shards",
    version: 2,
    configHash: "c",
    corpus: {
      name: "test",
      location: { kind: "file", path: "test.txt" },
      identity: "i",
      documents: 2,
      faults: 0,
      empty: 0,
      bytes: 1,
      tokens: 1,
      unknown: 0,
      cutOff: 0,
      unigramEntropy: 1,
      lengths: [2],
      frequent: [[1, 1]],
    },
    tokenizer: { name: "text8", file: null, fingerprint: "f".repeat(64), vocabSize },
    length: LENGTH,
    packing: "stream",
    detokenizer: null,
    validationFraction: 0.1,
    validationDocuments: null,
    dtype,
    splits,
  };
  await Deno.writeTextFile(`${folder}/manifest.json`, JSON.stringify(manifest));
  return manifest;
}
