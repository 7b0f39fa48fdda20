/**
 * Turns a corpus into a folder of token shards: documents are tokenized,
 * packed into blocks and split into training and validation, piece by piece.
 *
 * @module
 */
import { DataError } from "../errors.ts";
import { writeDirectoryAtomic } from "../io/atomic.ts";
import { makeFolder } from "../io/write_error.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Corpus, TextPiece } from "./corpus.ts";
import { dtypeFor, MANIFEST_FILE, type ShardManifest, type SplitName } from "./manifest.ts";
import { createPacker, type Packing, tokensInBlock } from "./packing.ts";
import { ShardWriter } from "./shard_writer.ts";
import { openShards } from "./shards.ts";
import { unigramEntropy } from "./unigram.ts";

/** How shards are made. */
export interface PreprocessOptions {
  /** The folder of shards. It is replaced as a whole when everything is written. */
  dir: string;
  /** Tokens in a block, L, with BOS and EOS unless texts are `unwrapped`. */
  length: number;
  /** What becomes of remainders; `stream` unless given. */
  packing?: Packing;
  /**
   * The part of the documents, in [0, 1), that is kept for validation: the last
   * ones, at least one. Of a corpus of one document it is the last blocks.
   */
  validationFraction: number;
  /** Upper bound of a shard's size in bytes. */
  maxShardBytes?: number;
  /** Called after every piece of text. */
  onProgress?: (progress: PreprocessProgress) => void;
}

/** How far preprocessing has come. */
export interface PreprocessProgress {
  /** `count` reads the corpus to find its size, `write` makes the shards. */
  phase: "count" | "write";
  /** Documents read to their end in this phase. */
  documents: number;
  /** Bytes of text (UTF-8) read in this phase. */
  bytes: number;
  /** Bytes of the whole corpus; null while counting. */
  totalBytes: number | null;
}

/** The outcome of {@linkcode preprocess}. */
export interface PreprocessResult {
  /** What the shards hold. */
  manifest: ShardManifest;
  /** Whether the shards were there already, made from the same inputs, and were kept. */
  skipped: boolean;
}

/**
 * Makes the shards of a corpus, or keeps those that were made from the same
 * inputs and are intact. The same inputs give the same bytes. The corpus is
 * read twice: its size must be known before it can be split.
 *
 * @throws {DataError} if the corpus is missing, empty or too short for a block
 * of each split, or `dir` holds something else than shards.
 * @throws {FlmError} if the shards cannot be written.
 */
export async function preprocess(
  corpus: Corpus,
  tokenizer: Tokenizer,
  options: PreprocessOptions,
): Promise<PreprocessResult> {
  const { dir, length, packing = "stream", validationFraction, onProgress } = options;
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new DataError(
      `data.validationFraction is ${validationFraction}: it must be at least 0 and below 1.`,
    );
  }
  const identity = await corpus.identity();
  const configHash = await shardsHash(identity, tokenizer, options);
  const kept = await findShards(dir, configHash);
  if (kept !== null) return { manifest: kept, skipped: true };

  const size = await measure(corpus, onProgress);
  const plan = await planSplits(corpus, tokenizer, options, size);
  const parent = dir.replace(/\/*[^/]+\/*$/, "");
  if (parent !== "") await makeFolder(parent);
  let manifest!: ShardManifest;
  await writeDirectoryAtomic(dir, async (folder) => {
    const written = await writeShards(folder, corpus, tokenizer, options, plan, size.bytes);
    manifest = {
      format: "flm-shards",
      version: 1,
      configHash,
      corpus: {
        name: corpus.name,
        location: corpus.location,
        identity,
        documents: written.splits.train.documents + written.splits.validation.documents,
        bytes: size.bytes,
        tokens: written.tokens,
        unigramEntropy: written.unigramEntropy,
      },
      tokenizer: {
        name: tokenizer.name,
        fingerprint: tokenizer.fingerprint,
        vocabSize: tokenizer.vocabSize,
      },
      length,
      packing,
      validationFraction,
      dtype: dtypeFor(tokenizer.vocabSize),
      splits: written.splits,
    };
    const text = JSON.stringify(manifest, null, 2) + "\n";
    await Deno.writeTextFile(`${folder}/${MANIFEST_FILE}`, text);
  });
  return { manifest, skipped: false };
}

/**
 * SHA-256 (hex) of everything that the shards of a corpus depend on: the
 * manifest's `configHash`.
 *
 * @param identity What the corpus says of itself.
 */
export async function shardsHash(
  identity: string,
  tokenizer: Tokenizer,
  options: Pick<PreprocessOptions, "length" | "packing" | "validationFraction" | "maxShardBytes">,
): Promise<string> {
  const { length, packing = "stream", validationFraction, maxShardBytes = null } = options;
  return await sha256Hex(JSON.stringify([
    FORMAT_RULES,
    [identity, tokenizer.name, tokenizer.fingerprint, tokenizer.vocabSize],
    [length, packing, validationFraction, maxShardBytes],
  ]));
}

/** Raised whenever the same inputs would give other shards than before. */
const FORMAT_RULES = 1;

/** The size of a corpus. */
interface CorpusSize {
  /** Documents that are not blank. */
  documents: number;
  /** Bytes of text in UTF-8. */
  bytes: number;
}

/**
 * Where validation begins: at a document, or, for a corpus of one document, at
 * one of its blocks. The other bound is infinite.
 */
interface SplitPlan {
  firstValidationDocument: number;
  firstValidationBlock: number;
}

/**
 * The manifest of intact shards with this hash, or null if new ones are needed.
 *
 * @throws {DataError} if `dir` holds something else than shards.
 */
export async function findShards(dir: string, configHash: string): Promise<ShardManifest | null> {
  const names = new Set<string>();
  try {
    for await (const entry of Deno.readDir(dir)) names.add(entry.name);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw new DataError(
      `Cannot look into data.dir ${dir}: ${cause instanceof Error ? cause.message : cause}.`,
      { cause },
    );
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
    await shards.verify();
    return shards.manifest;
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}

async function measure(
  corpus: Corpus,
  onProgress: PreprocessOptions["onProgress"],
): Promise<CorpusSize> {
  const size = { documents: 0, bytes: 0 };
  for await (const { text, endOfDocument } of trainPieces(corpus)) {
    size.bytes += utf8Length(text);
    if (endOfDocument) size.documents++;
    onProgress?.({ phase: "count", ...size, totalBytes: null });
  }
  if (size.documents === 0) {
    throw new DataError(`The corpus ${corpus.name} is empty: it has no text to learn from.`);
  }
  return size;
}

async function planSplits(
  corpus: Corpus,
  tokenizer: Tokenizer,
  options: PreprocessOptions,
  size: CorpusSize,
): Promise<SplitPlan> {
  const { length, packing = "stream", validationFraction } = options;
  if (size.documents > 1) {
    return {
      firstValidationDocument: size.documents - keptBack(size.documents, validationFraction),
      firstValidationBlock: Infinity,
    };
  }
  // Text is followed by an EOS, unless it is a block by itself.
  let tokens = packing === "unwrapped" ? 0 : 1;
  const encoder = tokenizer.encoder();
  for await (const { text } of trainPieces(corpus)) tokens += encoder.push(text).length;
  tokens += encoder.finish().length;
  const blocks = Math.floor(tokens / tokensInBlock(length, packing));
  if (blocks === 1) {
    throw new DataError(
      `The corpus ${corpus.name} is too short: its ${tokens} tokens fill one block of ${length}, ` +
        `and validation needs another. Use a longer corpus or a smaller data.length.`,
    );
  }
  return {
    firstValidationDocument: Infinity,
    firstValidationBlock: blocks - keptBack(blocks, validationFraction),
  };
}

/** How many of `count` documents or blocks validation keeps: at least one, never all. */
function keptBack(count: number, fraction: number): number {
  return Math.min(count - 1, Math.max(1, Math.round(count * fraction)));
}

async function writeShards(
  folder: string,
  corpus: Corpus,
  tokenizer: Tokenizer,
  options: PreprocessOptions,
  plan: SplitPlan,
  totalBytes: number,
): Promise<{ tokens: number; unigramEntropy: number; splits: ShardManifest["splits"] }> {
  const { length, packing = "stream", maxShardBytes, onProgress } = options;
  const { vocabSize, bosId, eosId } = tokenizer;
  const shape = { length, vocabSize, ...(maxShardBytes === undefined ? {} : { maxShardBytes }) };
  const writers = {
    train: new ShardWriter(folder, "train", shape),
    validation: new ShardWriter(folder, "validation", shape),
  };
  const documents = { train: 0, validation: 0 };
  const counts = new Float64Array(vocabSize);
  const encoder = tokenizer.encoder();
  let packer = createPacker({ length, bosId, eosId, packing });
  let split: SplitName = "train";
  let read = 0;
  let bytes = 0;
  let tokensOfDocument = 0;

  const write = async (blocks: Uint32Array[]) => {
    for (const block of blocks) {
      const late = writers.train.blocks >= plan.firstValidationBlock;
      await writers[late ? "validation" : split].add(block);
    }
  };
  const pack = async (ids: number[]) => {
    for (const id of ids) counts[id]! += 1;
    tokensOfDocument += ids.length;
    await write(packer.push(ids));
  };

  for await (const { text, endOfDocument } of trainPieces(corpus)) {
    if (split === "train" && read === plan.firstValidationDocument) {
      split = "validation";
      packer = createPacker({ length, bosId, eosId, packing });
    }
    await pack(encoder.push(text));
    bytes += utf8Length(text);
    if (endOfDocument) {
      await pack(encoder.finish());
      read++;
      if (tokensOfDocument > 0) {
        if (packing !== "unwrapped") counts[eosId]! += 1;
        documents[split]++;
        await write(packer.endText());
      }
      tokensOfDocument = 0;
    }
    onProgress?.({ phase: "write", documents: read, bytes, totalBytes });
  }

  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const splits = {
    train: {
      documents: documents.train,
      blocks: writers.train.blocks,
      shards: await writers.train.finish(),
    },
    validation: {
      documents: documents.validation,
      blocks: writers.validation.blocks,
      shards: await writers.validation.finish(),
    },
  };
  checkBlocks(corpus, { length, packing }, tokens, splits);
  return { tokens, unigramEntropy: unigramEntropy(counts), splits };
}

function checkBlocks(
  corpus: Corpus,
  { length, packing }: { length: number; packing: Packing },
  tokens: number,
  { train, validation }: ShardManifest["splits"],
): void {
  if (train.blocks > 0 && validation.blocks > 0) return;
  const need = `a block of length ${length} takes ${tokensInBlock(length, packing)}`;
  if (train.blocks === 0 && validation.blocks === 0) {
    throw new DataError(
      `The corpus ${corpus.name} is shorter than one block: it has ${tokens} tokens, and ${need}. ` +
        `Use a longer corpus or a smaller data.length.`,
    );
  }
  const [name, documents, mend] = train.blocks === 0
    ? ["training", train.documents, "smaller"]
    : ["validation", validation.documents, "larger"];
  throw new DataError(
    `The ${name} split of ${corpus.name} (${documents} of ` +
      `${train.documents + validation.documents} documents) is shorter than one block: ${need} ` +
      `tokens. Use a ${mend} data.validationFraction, a smaller data.length or a longer corpus.`,
  );
}

/** The size in bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // Each half of a surrogate pair takes two of the pair's four bytes.
    bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/** The documents of all parts that have text. */
async function* trainPieces(corpus: Corpus): AsyncGenerator<TextPiece> {
  for (const part of (await corpus.parts()).train) {
    for await (const piece of part.pieces(0)) {
      if (!piece.endOfDocument || piece.text.trim() !== "") yield piece;
    }
  }
}
