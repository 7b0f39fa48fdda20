/**
 * Whether there are shards to train on, before anything else is done.
 *
 * @module
 */

import type { DataConfig } from "../../lib/config/config.ts";
import { localIdentity } from "../../lib/data/corpora/local_identity.ts";
import { MANIFEST_FILE } from "../../lib/data/shards/manifest.ts";
import { originDifferences, originOfConfig, originOfShards } from "../../lib/data/shards/origin.ts";
import { readManifest } from "../../lib/data/shards/read_manifest.ts";
import { DataError } from "../../lib/errors.ts";
import { exists } from "../../lib/system/exists.ts";

/**
 * Says by which command to make the shards if there are none, or if their text has changed since.
 *
 * @param resumed Whether a run goes on, which keeps to its shards whatever becomes of their text.
 * @throws {DataError} naming the command.
 */
export async function requireShards(
  data: DataConfig,
  command: string,
  resumed: boolean,
): Promise<void> {
  if (!await exists(`${data.dir}/${MANIFEST_FILE}`)) {
    throw new DataError(`There are no token shards in ${data.dir}. Make them first: ${command}`);
  }
  if (resumed) return;
  const manifest = await readManifest(data.dir);
  // Another source is found to be so by its name.
  if (originDifferences(originOfShards(manifest), originOfConfig(data)).length > 0) return;
  const identity = await localIdentity(data.source);
  if (identity === null || identity === manifest.corpus.identity) return;
  const [before, now] = [manifest.corpus.identity, identity].map((each) => each.slice(0, 24));
  throw new DataError(
    `The text of data.source has changed since the shards in ${data.dir} were made: it was ` +
      `${before}, is ${now}. Make them again: ${command}`,
  );
}
