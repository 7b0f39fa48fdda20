/**
 * The manifest of a folder of token shards: `manifest.json`, which says what
 * the shards hold, what they were made from and how to tell that they are
 * whole.
 *
 * @module
 */
import type { PackingName } from "../../config/config.ts";
import { taskCommand } from "../../system/task_command.ts";
import type { CorpusLocation } from "../corpus.ts";

/** The manifest's file name in a folder of shards. */
export const MANIFEST_FILE = "manifest.json";

/** The command that makes shards, of whatever configuration. */
export function preprocessCommand(): string {
  return `${taskCommand("preprocess")} RECIPE`;
}

/** The advice that ends messages about shards that cannot be used. */
export function remakeShards(): string {
  return `Make the shards again with ${preprocessCommand()}.`;
}

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
    /** Documents without a token, left out: blank, or of nothing that the tokenizer knows. */
    empty: number;
    /** Size of the documents with tokens, in bytes of UTF-8. */
    bytes: number;
    /** Tokens of all texts, with one EOS after each unless they are `unwrapped`. */
    tokens: number;
    /** Of these the ones that stand for words without tokens. */
    unknown: number;
    /**
     * Of these the ones that texts have beyond a block, left out where blocks are `padded`; 0 in
     * manifests of older versions, which did not count them.
     */
    cutOff: number;
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
  packing: PackingName;
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
