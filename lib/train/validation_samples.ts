/**
 * Texts that a run writes at its validations.
 *
 * @module
 */

import type { TrainConfig } from "../config/config.ts";
import type { BlockSource } from "../data/shards/blocks.ts";
import type { GammaSchedule } from "../flow/schedule.ts";
import type { Network } from "../model/network.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** Validation texts that samples are compared with, at least: few have figures of their own. */
export const COMPARED_TEXTS = 64;

/** Texts that were written in one way. */
export interface ValidationSamples {
  /** Sampler steps. */
  readonly numSteps: number;
  /** What was measured of them, by name; a perplexity of texts that have none is null. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** The texts. */
  readonly texts: readonly string[];
  /**
   * What validation text has of the metrics that good texts have as much of; nothing unless it was
   * measured.
   */
  readonly ofText?: Readonly<Record<string, number | null>>;
}

/** What texts are written with. */
export interface ValidatedModel {
  /** The network, with averaged weights. */
  readonly network: Network;
  /** The frozen network without which it writes none. */
  readonly teacher: Network | undefined;
  /** Turns tokens into text. */
  readonly tokenizer: Tokenizer;
  /** γ(t) for its vocabulary. */
  readonly schedule: GammaSchedule;
  /** How many texts, and when. */
  readonly train: TrainConfig;
  /** Validation text. */
  readonly blocks: BlockSource;
}

/** Writes texts and measures them. */
export type WriteSamples = (model: ValidatedModel) => Promise<readonly ValidationSamples[]>;
