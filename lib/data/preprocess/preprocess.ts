/**
 * Turns a corpus into a folder of token shards: documents are tokenized on several threads,
 * packed into blocks and split into training and validation, as a stream.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import {
  removeLeftoversOf,
  requireBuildable,
  writeDirectoryAtomic,
  writeFileAtomic,
} from "../../system/atomic.ts";
import { writeJsonFile } from "../../io/json_file.ts";
import { createDetokenizer } from "../../text/detokenizer.ts";
import { type Communicator, fromRankZero, ONE_PROCESS } from "../../system/communicator.ts";
import { exists } from "../../system/exists.ts";
import { createTokenizer, isToLearn, type TokenizerToLearn } from "../../text/create_tokenizer.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { Corpus, CorpusParts } from "../corpus.ts";
import {
  type EncodedText,
  encodeInOrder,
  type EncoderPool,
  inlinePool,
  StoppedRankError,
  WorkerPool,
} from "./encoder_pool.ts";
import { findShards, recordPlace } from "./kept_shards.ts";
import { MANIFEST_FILE, type ShardManifest } from "../shards/manifest.ts";
import { manifestOf } from "./made_manifest.ts";
import { checkLocation, checkOptions, type PreprocessOptions } from "./options.ts";
import { PartialFolder } from "./partial_folder.ts";
import { requireUnread } from "../shards/in_use.ts";
import { shardsHash } from "./shards_hash.ts";
import { ShardsInProgress } from "./shards_in_progress.ts";
import { findShortage, lossesOf } from "./shortage.ts";
import { planSplit } from "./split_plan.ts";
import {
  CORPUS_START,
  type CorpusCursor,
  textBatches,
  type TextBatchesOptions,
} from "./text_batches.ts";
import { BatchEncoder } from "./text_encoder.ts";

/**
 * The outcome of {@linkcode preprocess}.
 *
 * @example How many tokens there are
 * ```ts
 * import type { PreprocessResult } from "@flm/flm";
 *
 * const describe = ({ manifest, skipped }: PreprocessResult) =>
 *   `${manifest.corpus.tokens} tokens${skipped ? ", made before" : ""}`;
 * console.log(describe.length);
 * ```
 */
export interface PreprocessResult {
  /** What the shards hold. */
  manifest: ShardManifest;
  /** Whether the shards were there already, made from the same inputs, and were kept. */
  skipped: boolean;
  /** Documents that a call before had done already. */
  resumedAt: number;
  /** The first faulty documents, in words. */
  faults: readonly string[];
}

/** Some 64 MiB of text. */
const SAVE_EVERY = 256;

/**
 * Makes the shards of a corpus, or keeps those that were made from the same
 * inputs and are intact. The same inputs give the same bytes, on any number of threads, and also
 * if the work is cut off and another call goes on. The corpus is read twice if its size must be
 * known to split it and nobody knows it.
 *
 * @example Make the shards of a text
 * ```ts
 * import { assert } from "@std/assert";
 * import { createTokenizer, preprocess, textCorpus } from "@flm/flm";
 *
 * const corpus = textCorpus("verses", "so it goes and so it went ".repeat(20));
 * const { manifest } = await preprocess(corpus, await createTokenizer("text8"), {
 *   dir: "shards/verses",
 *   length: 16,
 *   validationFraction: 0.1,
 * });
 * assert(manifest.splits.train.blocks > 10);
 * ```
 *
 * @param tokenizer What makes tokens of text; or what is to be learned from the corpus, once, and
 * kept as `tokenizer.json` beside the shards.
 * @throws {DataError} if an option is out of its range, the corpus's location holds what is no
 * value of a configuration's key, the corpus is missing, empty or too short
 * for a block of each split or for the tokens to be learned, or `dir` holds something else than
 * shards.
 * @throws {FlmError} if the shards cannot be written.
 */
export async function preprocess(
  corpus: Corpus,
  tokenizer: Tokenizer | TokenizerToLearn,
  options: PreprocessOptions,
): Promise<PreprocessResult> {
  const { ranks = ONE_PROCESS } = options;
  try {
    checkOptions(options);
    checkLocation(corpus);
    const identity = await corpus.identity();
    const inputs = { identity, configHash: await shardsHash(identity, tokenizer, options) };
    await ranks.compare({ shards: inputs.configHash });
    if (ranks.rank > 0) await helpMakeShards(corpus, tokenizer, options, ranks);
    return await fromRankZero(ranks, () => makeShards(corpus, tokenizer, options, inputs));
  } catch (error) {
    // Readers may take it for damage that they are stopped.
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** What shards are made of, by hashes. */
interface Inputs {
  /** What the corpus says of itself. */
  identity: string;
  /** See {@linkcode shardsHash}. */
  configHash: string;
}

/** What rank 0 has the others help with. */
interface SharedWork {
  /** How the corpus is cut. */
  cut: TextBatchesOptions;
  /** The file of the tokenizer's vocabulary. */
  file: string | null;
}

/** What a rank does that is not the first: it tokenizes its part, and writes nothing. */
async function helpMakeShards(
  corpus: Corpus,
  given: Tokenizer | TokenizerToLearn,
  options: PreprocessOptions,
  ranks: Communicator,
): Promise<void> {
  const work = await ranks.share<SharedWork | null>(null);
  if (work === null) return;
  const { cut, file } = work;
  const tokenizer = isToLearn(given) ? await createTokenizer(given.name, { file }) : given;
  using pool = startPool(tokenizer, file, options);
  const batches = textBatches(await corpus.parts(), cut);
  for await (const _ of encodeInOrder(batches, pool, options));
  // Whoever was stopped waits here until rank 0 ends all.
  await ranks.sum(0);
}

async function makeShards(
  corpus: Corpus,
  given: Tokenizer | TokenizerToLearn,
  options: PreprocessOptions,
  { identity, configHash }: Inputs,
): Promise<PreprocessResult> {
  const { dir, length, packing = "stream", validationFraction, onProgress, signal } = options;
  const { validationDocuments = null, ranks = ONE_PROCESS } = options;
  const kept = await intactShards(options, configHash);
  if (kept !== null) {
    await ranks.share<SharedWork | null>(null);
    return await keepShards(corpus, kept, options);
  }
  await requireUnread(dir);
  const parts = await corpus.parts();
  await using partial = await PartialFolder.open(dir);
  await requireBuildable(dir);
  const saved = await partial.load({ configHash, parts, vocabSize: given.vocabSize, length });
  const { tokenizer, file } = await takeTokenizer(corpus, parts, given, partial, options);
  using pool = startPool(tokenizer, file, options);
  const plan = saved?.plan ?? await planSplit(
    corpus,
    parts,
    tokenizer,
    { length, packing, validationFraction, validationDocuments },
    (documents, bytes) => {
      signal?.throwIfAborted();
      onProgress?.({ phase: "count", documents, totalDocuments: null, bytes, totalBytes: null });
    },
  );
  using shards = await ShardsInProgress.begin(partial.path, plan, saved, {
    ...options,
    packing,
    tokenizer,
  });
  const { statistics } = shards;
  const save = async (cursor: CorpusCursor) =>
    await partial.save({ configHash, cursor, plan, ...await shards.save() });
  // What was learned is not learned again.
  if (saved === null && isToLearn(given)) await save(CORPUS_START);
  const resumedAt = statistics.read;
  const report = () =>
    onProgress?.({
      phase: "write",
      documents: statistics.read,
      totalDocuments: plan.documents,
      bytes: statistics.bytes,
      totalBytes: plan.bytes,
    });
  const cut = {
    firstValidationDocument: plan.firstValidationDocument,
    ...(saved === null ? {} : { from: saved.cursor }),
  };
  await ranks.share<SharedWork | null>({ cut, file });
  const texts = encodeInOrder(textBatches(parts, cut), pool, options);
  await addTexts(texts, shards, options, { save, report });
  // From now on nobody reads the tokenizer's file, which is moved.
  await ranks.sum(0);
  const written = await shards.finish();
  const shortage = findShortage(corpus, written, {
    length,
    packing,
    validationDocuments,
    isSplit: parts.validation !== null,
  });
  if (shortage !== null) {
    await partial.clear();
    throw new DataError([shortage, ...lossesOf(statistics, tokenizer)].join(" "));
  }
  const manifest = manifestOf(corpus, tokenizer, options, {
    configHash,
    identity,
    statistics,
    written,
  });
  // A reader may have come meanwhile.
  await requireUnread(dir);
  await writeDirectoryAtomic(dir, async (folder) => {
    await writeJsonFile(`${folder}/${MANIFEST_FILE}`, manifest);
    await partial.moveShards(folder);
  });
  return { manifest, skipped: false, resumedAt, faults: statistics.faultsShown };
}

/** The manifest of shards that are there, if they are of these inputs and intact. */
async function intactShards(
  { dir, onProgress, signal }: PreprocessOptions,
  configHash: string,
): Promise<ShardManifest | null> {
  return await findShards(dir, configHash, {
    signal,
    onProgress: onProgress &&
      ((bytes, totalBytes) =>
        onProgress({ phase: "verify", documents: 0, totalDocuments: null, bytes, totalBytes })),
  });
}

/** Keeps shards that are there, and removes what is left of attempts to make them. */
async function keepShards(
  corpus: Corpus,
  kept: ShardManifest,
  { dir, tokenizerFile = null }: PreprocessOptions,
): Promise<PreprocessResult> {
  await PartialFolder.removeUseless(dir);
  await removeLeftoversOf(dir);
  const manifest = await recordPlace(dir, kept, corpus, tokenizerFile);
  return { manifest, skipped: true, resumedAt: 0, faults: [] };
}

/** Adds texts to shards, saving now and then, and when stopped, where a later call may go on. */
async function addTexts(
  texts: AsyncIterable<EncodedText>,
  shards: ShardsInProgress,
  { saveEvery = SAVE_EVERY, signal }: PreprocessOptions,
  { save, report }: { save: (place: CorpusCursor) => Promise<void>; report: () => void },
): Promise<void> {
  let unsaved = 0;
  /** Where to go on after what was added; null if that is saved, or within a text. */
  let place: CorpusCursor | null = null;
  try {
    for await (const text of texts) {
      signal?.throwIfAborted();
      place = null;
      await shards.add(text);
      report();
      if (!text.batch.open) place = text.batch.next;
      if (++unsaved < saveEvery || place === null) continue;
      const now = place;
      [place, unsaved] = [null, 0];
      await save(now);
    }
  } catch (error) {
    const stopped = signal?.aborted || error instanceof StoppedRankError;
    if (stopped && place !== null) await save(place);
    throw error;
  }
}

/**
 * The tokenizer of shards, and the file of its vocabulary: one that is to be learned is learned.
 */
async function takeTokenizer(
  corpus: Corpus,
  parts: CorpusParts,
  given: Tokenizer | TokenizerToLearn,
  partial: PartialFolder,
  { detokenizer = null, tokenizerFile = null, onProgress, signal }: PreprocessOptions,
): Promise<{ tokenizer: Tokenizer; file: string | null }> {
  if (!isToLearn(given)) return { tokenizer: given, file: tokenizerFile };
  const file = partial.tokenizerFile;
  if (await exists(file)) return { tokenizer: await createTokenizer(given.name, { file }), file };
  // Most shards take another tokenizer, and most programs make none.
  const { learnTokenizer } = await import("./learn_tokenizer.ts");
  const tokenizer = await learnTokenizer(corpus, parts, given, {
    detokenizer: detokenizer && createDetokenizer(detokenizer),
    signal,
    onProgress: (documents, bytes) =>
      onProgress?.({ phase: "learn", documents, totalDocuments: null, bytes, totalBytes: null }),
  });
  await writeFileAtomic(file, tokenizer.vocabulary);
  return { tokenizer, file };
}

function startPool(
  tokenizer: Tokenizer,
  tokenizerFile: string | null,
  { numWorkers = 0, detokenizer = null }: PreprocessOptions,
): EncoderPool {
  if (numWorkers === 0) {
    return inlinePool(new BatchEncoder(tokenizer, detokenizer && createDetokenizer(detokenizer)));
  }
  const { name, fingerprint } = tokenizer;
  return new WorkerPool(numWorkers, { tokenizer: name, tokenizerFile, fingerprint, detokenizer });
}
