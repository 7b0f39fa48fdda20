/**
 * Validation text, with which samples are compared.
 *
 * @module
 */

import type { CheckpointState } from "../../lib/checkpoint/state.ts";
import { firstBlocks } from "../../lib/data/shards/blocks.ts";
import { openShards } from "../../lib/data/shards/shards.ts";
import { DataError } from "../../lib/errors.ts";
import { sampleText } from "../../lib/eval/judge_tokens.ts";
import type { Tokenizer } from "../../lib/text/tokenizer.ts";
import { requireTrainedShards } from "../../lib/train/trained_shards.ts";
import { validationBlocks } from "../measuring/validation_blocks.ts";
import type { TokenStatistics } from "./results.ts";
import { hashOfTexts } from "./samples.ts";
import { tokenStatistics } from "./statistics.ts";

/** Validation blocks as texts. */
export interface ValidationTexts {
  /** The texts. */
  readonly texts: readonly string[];
  /** SHA-256 (hex) of these. */
  readonly hash: string;
  /** Of the blocks' tokens. */
  readonly statistics: TokenStatistics;
}

/** Which validation texts are wanted. */
export interface ValidationWish {
  /** The run whose shards are meant. */
  readonly run: string;
  /** What its checkpoint says of them. */
  readonly state: Pick<CheckpointState, "config" | "dataHash">;
  /** Their tokenizer. */
  readonly tokenizer: Tokenizer;
  /** Blocks, from the first on; all if there are fewer. */
  readonly count: number;
  /** Told why there are none, or fewer. */
  readonly log: (line: string) => void;
}

/** The first validation blocks of a run's shards; null if they cannot be read or are others. */
export async function validationTexts(wish: ValidationWish): Promise<ValidationTexts | null> {
  const { run, state, tokenizer, count, log } = wish;
  try {
    const { dir } = state.config.data;
    using shards = await openShards(dir, { tokenizer });
    requireTrainedShards(run, state, shards.manifest);
    const blocks = validationBlocks(shards, dir);
    if (blocks.numBlocks < count) log(`There are only ${blocks.numBlocks} validation texts.`);
    const tokens = firstBlocks(blocks, count);
    const texts = tokens.map((ids) => sampleText(tokenizer, ids));
    return { texts, hash: await hashOfTexts(texts), statistics: tokenStatistics(tokens) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    log(`No validation text to compare with: ${error.message}`);
    return null;
  }
}
