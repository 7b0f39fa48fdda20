/**
 * Checks the packing of texts into blocks.
 *
 * @module
 */

import { BlockPacker } from "../../lib/data/shards/packing.ts";
import type { CheckContext } from "./check.ts";

interface PackingCase {
  name: string;
  /** Token ids, with an EOS after each document where one belongs. */
  documents: number[][];
  block_size: number;
  bos: number;
  eos: number;
  input_ids: number[][];
}

/** Checks `group_texts`. */
export async function checkGroupTexts(context: CheckContext): Promise<void> {
  for (
    const { name, documents, block_size, bos, eos, input_ids } of await context.golden.cases<
      PackingCase
    >()
  ) {
    const packer = new BlockPacker({ length: block_size, bosId: bos, eosId: eos });
    const blocks = documents.flatMap((ids) => packer.push(ids));
    context.compareTokenValues(name, blocks.flatMap((ids) => [...ids]), input_ids.flat());
  }
}
