/**
 * A model of one's own as the judge of generative perplexity.
 *
 * @module
 */

import { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { PackingName } from "../config/config.ts";
import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { CausalLm } from "../model/causal_lm.ts";
import { taskCommand } from "../system/task_command.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Judge } from "./judge.ts";

/** The autoregressive baseline with its tokenizer. */
export class ArJudge implements Judge {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  readonly startId: number | null;
  readonly #model: CausalLm;

  private constructor(name: string, model: CausalLm, tokenizer: Tokenizer, packing: PackingName) {
    this.name = name;
    this.tokenizer = tokenizer;
    // Unwrapped blocks are texts and nothing else.
    this.startId = packing === "unwrapped" ? null : tokenizer.bosId;
    this.#model = model;
  }

  /**
   * Loads the averaged weights of a run's newest checkpoint.
   *
   * @param run Folder of a run or of a checkpoint, or its address.
   * @throws {CheckpointError} if it is missing or damaged, no autoregressive model, or of another
   * version of its tokenizer.
   */
  static async load(run: string, { gpu }: { gpu: Gpu }): Promise<ArJudge> {
    const { checkpoint, tokenizer } = await openArCheckpoint(run);
    const model = await checkpoint.network(gpu, CausalLm, "ema");
    return new ArJudge(run, model, tokenizer, checkpoint.state.config.data.packing);
  }

  get contextLength(): number {
    return this.#model.config.length;
  }

  /** See {@linkcode Judge.score}. */
  score(ids: Uint32Array, length: number): Promise<Float32Array> {
    return this.#model.score(ids, length);
  }

  /** Frees the model. */
  [Symbol.dispose](): void {
    this.#model[Symbol.dispose]();
  }
}

/**
 * Opens the newest checkpoint of an autoregressive model, without its weights.
 *
 * @param run Folder of a run or of a checkpoint, or its address.
 * @throws {CheckpointError} if it is missing or damaged, no autoregressive model, or of another
 * version of its tokenizer.
 */
export async function openArCheckpoint(
  run: string,
): Promise<{ checkpoint: Checkpoint; tokenizer: Tokenizer }> {
  const checkpoint = await Checkpoint.open(run);
  const { kind } = checkpoint.state;
  if (kind === "ar") return { checkpoint, tokenizer: await checkpoint.tokenizer() };
  throw new CheckpointError(
    `${run} cannot judge text: it holds a model of kind "${kind}", which writes text. Give the ` +
      `run of an autoregressive model, which ${taskCommand("train-ar")} makes.`,
  );
}
