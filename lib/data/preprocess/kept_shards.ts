/**
 * Shards that are there already and need not be made again.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { writeJsonFile } from "../../io/json_file.ts";
import { isMissing } from "../../net/missing.ts";
import { explainSystemError, systemCode } from "../../system/system_error.ts";
import { createTokenizer, TOKENIZER_FILE, vocabularyFileOf } from "../../text/create_tokenizer.ts";
import type { Corpus } from "../corpus.ts";
import { MANIFEST_FILE, type ShardManifest } from "../shards/manifest.ts";
import { openShards, type VerifyOptions } from "../shards/shards.ts";

/** The names of shards. */
const SHARD = /^(train|validation)-\d+\.bin$/;

/**
 * The manifest of shards with this hash, or null if new ones are needed.
 *
 * @param verify How their content is verified; null to go by their sizes alone.
 * @throws {DataError} if new ones are needed and `dir` holds something else than shards, or if it
 * cannot be looked into.
 */
export async function findShards(
  dir: string,
  configHash: string,
  verify: VerifyOptions | null,
): Promise<ShardManifest | null> {
  let names: string[];
  try {
    names = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw explainSystemError("read", `data.dir ${dir}`, error, DataError);
  }
  const manifest = await openIntact(dir, configHash, verify);
  if (manifest === null) requireShards(dir, names);
  return manifest;
}

async function openIntact(
  dir: string,
  configHash: string,
  verify: VerifyOptions | null,
): Promise<ShardManifest | null> {
  try {
    using shards = await openShards(dir);
    if (shards.manifest.configHash !== configHash) return null;
    await requireSameVocabulary(dir, shards.manifest);
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

/** Checks that a tokenizer that was learned is still there. @throws {DataError} */
async function requireSameVocabulary(dir: string, { tokenizer }: ShardManifest): Promise<void> {
  const { name, file, fingerprint } = tokenizer;
  const found = vocabularyFileOf({ tokenizer: name, tokenizerFile: file, dir });
  if (found === file) return;
  if ((await createTokenizer(name, { file: found })).fingerprint === fingerprint) return;
  throw new DataError(`The tokenizer ${found} is not the one that the shards were made with.`);
}

/** Checks that a folder which will be removed holds nothing but token shards. */
function requireShards(dir: string, names: readonly string[]): void {
  // Hidden files are the system's.
  const shown = names.filter((name) => !name.startsWith("."));
  if (shown.length === 0) return;
  const own = [MANIFEST_FILE, TOKENIZER_FILE];
  const stray = shown.find((name) => !own.includes(name) && !SHARD.test(name));
  const reason = stray !== undefined
    ? `it holds ${stray}, which is no part of token shards. Move that elsewhere`
    : !shown.includes(MANIFEST_FILE) || shown.length === 1
    ? `it holds files, but not both ${MANIFEST_FILE} and shards. Move them elsewhere`
    : null;
  if (reason === null) return;
  throw new DataError(`Will not replace ${dir}: ${reason}, or set data.dir to a new folder.`);
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
