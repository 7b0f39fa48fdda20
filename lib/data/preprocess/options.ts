/**
 * What programs ask of `preprocess()`, and its check: configurations are checked where they are
 * read, but these options come from anywhere.
 *
 * @module
 */

import type { DetokenizerName, PackingName } from "../../config/config.ts";
import { DataError } from "../../errors.ts";
import { describeValue, type Field, integer, nullable, number, oneOf } from "../../schema/field.ts";
import type { Communicator } from "../../system/communicator.ts";
import { requireFolderName } from "../../system/location.ts";
import type { Corpus } from "../corpus.ts";
import { PACKINGS } from "../shards/packing.ts";
import { LOCATION_VALUE } from "../shards/read_manifest.ts";

/**
 * How shards are made.
 *
 * @example Shards of short blocks, made by two threads
 * ```ts
 * import type { PreprocessOptions } from "@flm/flm";
 *
 * const options: PreprocessOptions = {
 *   dir: "shards/mine",
 *   length: 128,
 *   packing: "stream",
 *   validationFraction: 0.05,
 *   numWorkers: 2,
 * };
 * console.log(options.dir);
 * ```
 */
export interface PreprocessOptions {
  /** The folder of shards. It is replaced as a whole when everything is written. */
  dir: string;
  /** Tokens in a block, L, with BOS and EOS unless texts are `unwrapped`. */
  length: number;
  /** What becomes of remainders; `stream` unless given. */
  packing?: PackingName;
  /** What every text passes before it is tokenized; null, the default, for nothing. */
  detokenizer?: DetokenizerName | null;
  /**
   * The part of the documents, in [0, 1), that is kept for validation: the last
   * ones, at least one. Of a corpus of one document it is the last blocks. It plays no part if the
   * corpus has a validation split of its own.
   */
  validationFraction: number;
  /** How many documents are kept for validation; null, the default, goes by the fraction. */
  validationDocuments?: number | null;
  /** Upper bound of a shard's size in bytes. */
  maxShardBytes?: number;
  /**
   * Threads that tokenize; 0, the default, does it on the calling one. The tokenizer must be one
   * of {@linkcode createTokenizer}. The shards do not depend on it.
   */
  numWorkers?: number;
  /**
   * The processes that tokenize together, of which rank 0 writes; this one alone unless given. All
   * of them read the corpus. The shards do not depend on them.
   */
  ranks?: Communicator | undefined;
  /** Where the tokenizer's vocabulary is, if it comes from a file. */
  tokenizerFile?: string | null;
  /** Batches of text from one saved state to the next, from which a later call goes on. */
  saveEvery?: number;
  /** Called while the corpus is counted, and after every batch of text. */
  onProgress?: (progress: PreprocessProgress) => void;
  /** Stops the work; a later call with the same options goes on. */
  signal?: AbortSignal;
}

/**
 * How far preprocessing has come.
 *
 * @example How much is done, as a share
 * ```ts
 * import type { PreprocessProgress } from "@flm/flm";
 *
 * const share = ({ bytes, totalBytes }: PreprocessProgress) =>
 *   totalBytes === null ? null : bytes / totalBytes;
 * console.log(share.length);
 * ```
 */
export interface PreprocessProgress {
  /**
   * `verify` compares shards that are there with their hashes, `learn` reads the corpus to learn
   * its tokenizer, `count` to find its size, `write` makes the shards.
   */
  phase: "verify" | "learn" | "count" | "write";
  /** Documents read to their end in this phase. */
  documents: number;
  /** Documents of the whole corpus, if that is known. */
  totalDocuments: number | null;
  /** Bytes of text (UTF-8) read in this phase; of shards, if it is `verify`. */
  bytes: number;
  /** Bytes of the whole corpus, or of all shards, if that is known. */
  totalBytes: number | null;
}

/** What options may be, where nothing else looks at them before work is done; one is required. */
const KINDS: Readonly<Partial<Record<keyof PreprocessOptions, Field<unknown>>>> = {
  packing: oneOf(PACKINGS),
  validationFraction: number({ min: 0, below: 1 }),
  validationDocuments: nullable(integer({ min: 1 })),
  maxShardBytes: integer({ min: 1 }),
  numWorkers: integer({ min: 0 }),
  saveEvery: integer({ min: 1 }),
};

/**
 * Checks what the manifest is to keep of where a corpus comes from.
 *
 * @throws {DataError} naming the corpus and the first key of its location that does not fit.
 */
export function checkLocation({ name, location }: Pick<Corpus, "name" | "location">): void {
  for (const [key, value] of Object.entries(location)) {
    if (value === undefined || LOCATION_VALUE.check(value) !== undefined) continue;
    throw new DataError(
      `preprocess(): location.${key} of the corpus ${name}: expected ${LOCATION_VALUE.expected}, ` +
        `found ${describeValue(value)}`,
    );
  }
}

/** Checks the options of a preprocessing. @throws {DataError} naming the first that is wrong. */
export function checkOptions(options: PreprocessOptions): void {
  requireFolderName(options.dir, "the folder of shards, data.dir,", DataError);
  for (const [key, field] of Object.entries(KINDS)) {
    const value = options[key as keyof PreprocessOptions];
    if (value === undefined && key !== "validationFraction") continue;
    if (field.check(value) !== undefined) continue;
    throw new DataError(
      `preprocess(): ${key}: expected ${field.expected}, found ${describeValue(value)}`,
    );
  }
}
