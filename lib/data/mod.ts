/**
 * From text to batches: tokenizers, corpora, token shards, and the batches of a training.
 *
 * {@linkcode openCorpus} and {@linkcode textCorpus} give a {@linkcode Corpus}, a stream of
 * documents; {@linkcode preprocess} turns it into a folder of token shards; {@linkcode openShards}
 * opens one, whose blocks {@linkcode TrainingBatches} shuffles. A corpus of one's own is an object
 * with the four members of {@linkcode Corpus}; {@linkcode memoryBlocks} makes blocks of tokens
 * without shards.
 *
 * @example Batches of a text, without shards
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createTokenizer, memoryBlocks, TrainingBatches } from "@flm/flm/data";
 *
 * const tokenizer = await createTokenizer("text8");
 * const ids = tokenizer.encode("so it goes and so it went");
 * const blocks = memoryBlocks(Uint32Array.from(ids.slice(0, 24)), 8);
 * const batches = new TrainingBatches(blocks, { seed: 1, batchSize: 2 });
 * assertEquals(batches.read(0).length, 2 * 8);
 * ```
 *
 * @module
 */

export type {
  DataConfig,
  DetokenizerName,
  FileSourceConfig,
  HubSourceConfig,
  LettersSourceConfig,
  Lm1bArchiveSourceConfig,
  NpmSourceConfig,
  PackingName,
  SourceConfig,
  TextSourceConfig,
  TokenizerName,
} from "../config/config.ts";
export {
  type BatchSlice,
  type BatchSource,
  type SampleRange,
  sliceBatch,
  TrainingBatches,
  type TrainingBatchesOptions,
  ValidationBatches,
} from "./batches/batches.ts";
export { openCorpus } from "./corpora/open_corpus.ts";
export { textCorpus } from "./corpora/text_corpus.ts";
export {
  type Corpus,
  type CorpusLocation,
  type CorpusPart,
  type CorpusParts,
  skipDocuments,
  type TextPiece,
} from "./corpus.ts";
export type { PreprocessOptions, PreprocessProgress } from "./preprocess/options.ts";
export { preprocess, type PreprocessResult } from "./preprocess/preprocess.ts";
export { type BlockSource, memoryBlocks } from "./shards/blocks.ts";
export type { ShardFile, ShardManifest, SplitManifest, SplitName } from "./shards/manifest.ts";
export {
  openShards,
  type ShardExpectation,
  ShardSet,
  type VerifyOptions,
} from "./shards/shards.ts";
export type { Attendance, Wait } from "../net/retry_policy.ts";
export {
  createTokenizer,
  TOKENIZER_NAMES,
  type TokenizerOptions,
  type TokenizerToLearn,
} from "../text/create_tokenizer.ts";
export type { VocabularyFile, VocabularyText } from "../text/tokenizer_file.ts";
export { createDetokenizer, type Detokenizer, DETOKENIZER_NAMES } from "../text/detokenizer.ts";
export type { PieceEncoder, Tokenizer, TokenSink } from "../text/tokenizer.ts";
