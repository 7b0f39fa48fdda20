/**
 * Shards that are there already and need not be made again.
 *
 * @module
 */
import { DataError } from "../errors.ts";
import { writeJsonFile } from "../io/json_file.ts";
import { isMissing } from "../io/missing.ts";
import { explainSystemError, systemCode } from "../io/system_error.ts";
import type { Corpus } from "./corpus.ts";
import { MANIFEST_FILE, type ShardManifest } from "./manifest.ts";
import { openShards, type VerifyOptions } from "./shards.ts";

/**
 * The manifest of shards with this hash, or null if new ones are needed.
 *
 * @param verify How their content is verified; null to go by their sizes alone.
 * @throws {DataError} if `dir` holds something else than shards, or cannot be looked into.
 */
export async function findShards(
  dir: string,
  configHash: string,
  verify: VerifyOptions | null,
): Promise<ShardManifest | null> {
  let names: Set<string>;
  try {
    const entries = await Array.fromAsync(Deno.readDir(dir));
    names = new Set(entries.map(({ name }) => name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw explainSystemError("read", `data.dir ${dir}`, error, DataError);
  }
  if (names.size > 0 && !names.has(MANIFEST_FILE)) {
    throw new DataError(
      `Will not replace ${dir}: it holds files but no ${MANIFEST_FILE}, so they are not token ` +
        `shards. Set data.dir to a new folder.`,
    );
  }
  try {
    using shards = await openShards(dir);
    if (shards.manifest.configHash !== configHash) return null;
    if (verify !== null) await shards.verify(verify);
    return shards.manifest;
  } catch (error) {
    if (error instanceof DataError && (systemCode(error.cause) === null || isMissing(error))) {
      return null;
    }
    // Not damage: they may well be intact.
    throw error;
  }
}

/**
 * Writes down where the text and the vocabulary of kept shards lie by now.
 *
 * @returns What the manifest says then.
 * @throws {FlmError} if it cannot be written.
 */
export async function recordPlace(
  dir: string,
  manifest: ShardManifest,
  { name, location }: Corpus,
  tokenizerFile: string | null,
): Promise<ShardManifest> {
  const placed: ShardManifest = {
    ...manifest,
    corpus: { ...manifest.corpus, name, location },
    tokenizer: { ...manifest.tokenizer, file: tokenizerFile },
  };
  if (JSON.stringify(placed) === JSON.stringify(manifest)) return manifest;
  await writeJsonFile(`${dir}/${MANIFEST_FILE}`, placed);
  return placed;
}
