/**
 * The manifest of shards that are made.
 *
 * @module
 */

import { entropyOfCounts } from "../../math/entropy.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { Corpus } from "../corpus.ts";
import { dtypeFor, type ShardManifest } from "../shards/manifest.ts";
import type { PreprocessOptions } from "./options.ts";
import type { WrittenShards } from "./shards_in_progress.ts";
import type { CorpusStatistics } from "./statistics.ts";

/** What is known of shards once they are made. */
export interface MadeShards {
  /** The hash of what they depend on. */
  configHash: string;
  /** What the corpus says of itself. */
  identity: string;
  /** What was counted of it. */
  statistics: CorpusStatistics;
  /** The shards. */
  written: WrittenShards;
}

/** What is said of shards that a corpus was made to. */
export function manifestOf(
  { name, location }: Corpus,
  tokenizer: Tokenizer,
  options: PreprocessOptions,
  { configHash, identity, statistics, written }: MadeShards,
): ShardManifest {
  return {
    format: "flm-shards",
    version: 2,
    configHash,
    corpus: {
      name,
      location,
      identity,
      documents: statistics.documents.train + statistics.documents.validation,
      faults: statistics.faults,
      empty: statistics.empty,
      bytes: statistics.bytes - statistics.emptyBytes,
      tokens: written.tokens,
      unknown: statistics.countOf(tokenizer.unknownId),
      cutOff: statistics.cutOff,
      unigramEntropy: entropyOfCounts(statistics.counts),
      lengths: statistics.lengths,
      frequent: statistics.frequent(),
    },
    tokenizer: {
      name: tokenizer.name,
      file: options.tokenizerFile ?? null,
      fingerprint: tokenizer.fingerprint,
      vocabSize: tokenizer.vocabSize,
    },
    length: options.length,
    packing: options.packing ?? "stream",
    detokenizer: options.detokenizer ?? null,
    validationFraction: options.validationFraction,
    validationDocuments: options.validationDocuments ?? null,
    dtype: dtypeFor(tokenizer.vocabSize),
    splits: written.splits,
  };
}
