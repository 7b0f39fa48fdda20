/**
 * The manifest of a folder of token shards: `manifest.json`, which says what
 * the shards hold, what they were made from and how to tell that they are
 * whole.
 *
 * @module
 */
import { DataError, messageOf } from "../errors.ts";
import type { CorpusLocation } from "./corpus.ts";
import type { Packing } from "./packing.ts";

/** The manifest's file name in a folder of shards. */
export const MANIFEST_FILE = "manifest.json";

/** The advice that ends messages about shards that cannot be used. */
export const REMAKE_SHARDS = "Make the shards again with deno task preprocess.";

/** The parts of a corpus: what a model learns from, and what it is tested on. */
export type SplitName = "train" | "validation";

/** One shard: whole blocks of token ids, little-endian, without a header. */
export interface ShardFile {
  /** File name in the folder. */
  file: string;
  /** Blocks in the shard. */
  blocks: number;
  /** Size in bytes: blocks × block length × bytes of an id. */
  bytes: number;
  /** SHA-256 of the file, in hex. */
  sha256: string;
}

/** One split of the corpus. */
export interface SplitManifest {
  /** Documents with at least one token. A lone document counts in `train` only. */
  documents: number;
  /** Blocks in all shards together. */
  blocks: number;
  /** The shards in order. */
  shards: ShardFile[];
}

/** What `manifest.json` holds. */
export interface ShardManifest {
  /** Always `flm-shards`. */
  format: "flm-shards";
  /** The version of this layout. */
  version: 2;
  /** SHA-256 (hex) of everything that the shards depend on. */
  configHash: string;
  /** The corpus. */
  corpus: {
    /** What messages call it. */
    name: string;
    /** Where it was read from. */
    location: CorpusLocation;
    /** A pinned version or a hash of the content. */
    identity: string;
    /** Documents with at least one token. */
    documents: number;
    /** Documents that could not be read, and were left out. */
    faults: number;
    /** Size of the text in bytes of UTF-8. */
    bytes: number;
    /** Tokens of all texts, with one EOS after each unless they are `unwrapped`. */
    tokens: number;
    /** Entropy of the frequencies of these tokens, in nats per token. */
    unigramEntropy: number;
    /** Documents by length: entry i counts those of 2^i to 2^(i+1) − 1 tokens. */
    lengths: number[];
    /** The most frequent tokens with their counts. */
    frequent: [id: number, count: number][];
  };
  /** The tokenizer. */
  tokenizer: {
    /** The name that configurations use. */
    name: string;
    /** Where its vocabulary was, if it came from a file. */
    file: string | null;
    /** SHA-256 (hex) of vocabulary and rules. */
    fingerprint: string;
    /** The number of ids. */
    vocabSize: number;
  };
  /** Tokens in a block, with BOS and EOS unless texts are `unwrapped`. */
  length: number;
  /** What became of remainders. */
  packing: Packing;
  /** What every text passed before it was tokenized, or null. */
  detokenizer: string | null;
  /** The part of the documents (of a lone document: of its blocks) kept for validation. */
  validationFraction: number;
  /** How many documents are kept for validation; null if it goes by the fraction. */
  validationDocuments: number | null;
  /** How ids are stored. */
  dtype: "uint16" | "uint32";
  /** The splits. */
  splits: Record<SplitName, SplitManifest>;
}

/** Bytes of one stored id. */
export function bytesPerId(dtype: ShardManifest["dtype"]): 2 | 4 {
  return dtype === "uint16" ? 2 : 4;
}

/** The narrowest type that holds every id of a vocabulary. */
export function dtypeFor(vocabSize: number): ShardManifest["dtype"] {
  return vocabSize <= 0x10000 ? "uint16" : "uint32";
}

/**
 * Reads and checks the manifest of a folder of shards.
 *
 * @throws {DataError} if it is missing, unreadable, not a manifest or of another version.
 */
export async function readManifest(folder: string): Promise<ShardManifest> {
  const path = `${folder}/${MANIFEST_FILE}`;
  const text = await readText(path, folder);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${path} is not JSON (${(cause as Error).message}). ${REMAKE_SHARDS}`, {
      cause,
    });
  }
  const found = value as Partial<ShardManifest> | null;
  if (found?.format !== "flm-shards") {
    throw new DataError(`${path} is not a manifest of token shards: no format "flm-shards".`);
  }
  if (found.version !== 2) {
    throw new DataError(`${path} has version ${found.version}, expected 2. ${REMAKE_SHARDS}`);
  }
  const problem = findProblem(found);
  if (problem !== null) throw new DataError(`${path} is damaged: ${problem}. ${REMAKE_SHARDS}`);
  return found as ShardManifest;
}

async function readText(path: string, folder: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new DataError(
        `No token shards in ${folder}: there is no ${MANIFEST_FILE}. ` +
          `Make them with deno task preprocess, or set data.dir.`,
        { cause },
      );
    }
    throw new DataError(`Cannot read ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** The first thing wrong with a manifest, in words, or null. */
function findProblem(manifest: Partial<ShardManifest>): string | null {
  const { length, dtype, tokenizer, corpus, splits } = manifest;
  if (typeof manifest.configHash !== "string") return "configHash is missing";
  if (!isCount(length) || length < 3) return `length is ${length}`;
  if (dtype !== "uint16" && dtype !== "uint32") return `dtype is ${dtype}`;
  if (typeof tokenizer?.name !== "string" || typeof tokenizer.fingerprint !== "string") {
    return "tokenizer has no name or fingerprint";
  }
  if (!isCount(tokenizer.vocabSize)) return `tokenizer.vocabSize is ${tokenizer.vocabSize}`;
  if (typeof corpus?.name !== "string" || typeof corpus.unigramEntropy !== "number") {
    return "corpus has no name or unigramEntropy";
  }
  if (!Array.isArray(corpus.lengths) || !Array.isArray(corpus.frequent)) {
    return "corpus has no lengths or frequent tokens";
  }
  for (const name of ["train", "validation"] as const) {
    const split = splits?.[name];
    if (!isCount(split?.blocks) || !Array.isArray(split.shards)) return `split ${name} is missing`;
    let blocks = 0;
    for (const { file, blocks: count, bytes, sha256 } of split.shards) {
      if (typeof file !== "string" || !/^[\w.-]+$/.test(file)) return `a shard is named ${file}`;
      if (!isCount(count) || bytes !== count * length * bytesPerId(dtype)) {
        return `shard ${file} holds ${count} blocks in ${bytes} bytes`;
      }
      if (typeof sha256 !== "string") return `shard ${file} has no sha256`;
      if (blocks > 0 && count > split.shards[0]!.blocks) return `shard ${file} is too large`;
      if (blocks % (split.shards[0]!.blocks || 1) !== 0) return `shard ${file} follows a short one`;
      blocks += count;
    }
    if (blocks !== split.blocks) {
      return `split ${name} has ${split.blocks} blocks, its shards ${blocks}`;
    }
  }
  return null;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
