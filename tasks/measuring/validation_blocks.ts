/**
 * The validation blocks that are measured.
 *
 * @module
 */

import type { BlockSource } from "../../lib/data/shards/blocks.ts";
import { preprocessCommand } from "../../lib/data/shards/manifest.ts";
import type { ShardSet } from "../../lib/data/shards/shards.ts";
import { DataError } from "../../lib/errors.ts";

/**
 * The validation blocks of shards.
 *
 * @param dir Where the shards are.
 * @throws {DataError} if there are none.
 */
export function validationBlocks(shards: ShardSet, dir: string): BlockSource {
  const blocks = shards.blocks("validation");
  if (blocks.numBlocks > 0) return blocks;
  throw new DataError(
    `There are no validation blocks in ${dir}. Set data.validationFraction above 0 (or a ` +
      `validation split of the source), and make the shards again with ` +
      `${preprocessCommand()}.`,
  );
}
