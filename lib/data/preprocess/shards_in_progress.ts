/**
 * Token shards while they are made: packs tokens into blocks and blocks into shards, counts, and
 * can be saved and gone on with.
 *
 * @module
 */
import type { PackingName } from "../../config/config.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { EncodedText } from "./encoder_pool.ts";
import type { ShardManifest, SplitName } from "../shards/manifest.ts";
import { createPacker, type Packer } from "../shards/packing.ts";
import type { PreprocessState } from "./state.ts";
import { ShardWriter } from "../shards/writer.ts";
import type { SplitPlan } from "./split_plan.ts";
import { CorpusStatistics } from "./statistics.ts";

/** What shards are made of. */
export interface ShardsInProgressOptions {
  /** The tokenizer. */
  tokenizer: Tokenizer;
  /** Tokens in a block. */
  length: number;
  /** What becomes of remainders. */
  packing: PackingName;
  /** Upper bound of a shard's size in bytes. */
  maxShardBytes?: number;
}

/** All shards of a corpus. */
export interface WrittenShards {
  /** Tokens of all texts. */
  tokens: number;
  /** Tokens at the end of each split that fill no block. */
  rests: Record<SplitName, number>;
  /** The shards of each split. */
  splits: ShardManifest["splits"];
}

/** What is saved of {@linkcode ShardsInProgress}. */
type SavedShards = Pick<PreprocessState, "split" | "packer" | "writers" | "statistics">;

/** Makes the shards of a corpus in a folder, batch by batch. */
export class ShardsInProgress implements Disposable {
  /** What was counted so far. */
  readonly statistics: CorpusStatistics;
  readonly #options: ShardsInProgressOptions;
  readonly #plan: SplitPlan;
  readonly #writers: Record<SplitName, ShardWriter>;
  #packer: Packer;
  #split: SplitName = "train";
  readonly #rests: Record<SplitName, number> = { train: 0, validation: 0 };
  /** Tokens of the current document. */
  #documentTokens = 0;

  private constructor(
    folder: string,
    plan: SplitPlan,
    statistics: CorpusStatistics,
    options: ShardsInProgressOptions,
  ) {
    this.statistics = statistics;
    this.#options = options;
    this.#plan = plan;
    const { length, maxShardBytes, tokenizer: { vocabSize } } = options;
    const shape = { length, vocabSize, ...(maxShardBytes === undefined ? {} : { maxShardBytes }) };
    this.#writers = {
      train: new ShardWriter(folder, "train", shape),
      validation: new ShardWriter(folder, "validation", shape),
    };
    this.#packer = this.#newPacker();
  }

  /**
   * Begins in an empty folder, or goes on in one that was saved.
   *
   * @throws {DataError} if the block length is impossible, or saved files are not there.
   */
  static async begin(
    folder: string,
    plan: SplitPlan,
    saved: SavedShards | null,
    options: ShardsInProgressOptions,
  ): Promise<ShardsInProgress> {
    const statistics = new CorpusStatistics(options.tokenizer.vocabSize, saved?.statistics);
    const shards = new ShardsInProgress(folder, plan, statistics, options);
    if (saved === null) return shards;
    shards.#split = saved.split;
    shards.#packer.restore(saved.packer);
    await shards.#writers.train.restore(saved.writers.train);
    await shards.#writers.validation.restore(saved.writers.validation);
    return shards;
  }

  /** Adds the tokens of a batch. */
  async add({ batch, ids, ends, bytes, emptyBytes }: EncodedText): Promise<void> {
    if (batch.split !== this.#split) {
      this.#countRest();
      this.#split = batch.split;
      this.#packer = this.#newPacker();
    }
    const { statistics } = this;
    statistics.addTokens(ids);
    statistics.addFaults(batch.faults);
    statistics.bytes += bytes;
    statistics.emptyBytes += emptyBytes;
    let at = 0;
    for (const end of ends) {
      this.#push(ids.subarray(at, end));
      this.#endDocument();
      at = end;
    }
    this.#push(ids.subarray(at));
    for (const writer of Object.values(this.#writers)) {
      if (writer.hasEnough) await writer.flush();
    }
  }

  /** Brings everything to disk, between two documents, and says what is there. */
  async save(): Promise<SavedShards> {
    return {
      split: this.#split,
      packer: this.#packer.save(),
      writers: {
        train: await this.#writers.train.save(),
        validation: await this.#writers.validation.save(),
      },
      statistics: this.statistics.save(),
    };
  }

  /** Ends the last shards. */
  async finish(): Promise<WrittenShards> {
    this.#countRest();
    const splitOf = async (name: SplitName) => ({
      documents: this.statistics.documents[name],
      blocks: this.#writers[name].blocks,
      shards: await this.#writers[name].finish(),
    });
    return {
      tokens: this.statistics.tokens,
      rests: this.#rests,
      splits: { train: await splitOf("train"), validation: await splitOf("validation") },
    };
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    for (const writer of Object.values(this.#writers)) writer[Symbol.dispose]();
  }

  #push(ids: Uint16Array | Uint32Array): void {
    this.#documentTokens += ids.length;
    this.#write(this.#packer.push(ids));
  }

  #endDocument(): void {
    const { statistics } = this;
    statistics.read++;
    const length = this.#documentTokens;
    this.#documentTokens = 0;
    if (length === 0) return;
    const { packing, tokenizer, length: blockLength } = this.#options;
    if (packing !== "unwrapped") statistics.counts[tokenizer.eosId]! += 1;
    // BOS and EOS take two.
    if (packing === "padded") statistics.cutOff += Math.max(0, length - (blockLength - 2));
    statistics.addDocument(this.#split, length);
    this.#write(this.#packer.endText());
  }

  #write(blocks: readonly Uint32Array[]): void {
    const { firstValidationBlock } = this.#plan;
    for (const block of blocks) {
      const late = firstValidationBlock !== null &&
        this.#writers.train.blocks >= firstValidationBlock;
      this.#writers[late ? "validation" : this.#split].add(block);
    }
  }

  #countRest(): void {
    this.#rests[this.#split] = this.#packer.save().tokens.length;
  }

  #newPacker(): Packer {
    const { length, packing, tokenizer: { bosId, eosId, padId } } = this.#options;
    return createPacker({ length, bosId, eosId, padId, packing });
  }
}
