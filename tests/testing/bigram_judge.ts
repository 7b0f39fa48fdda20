/**
 * A judge that needs no network: how likely a token is after the one before it.
 *
 * @module
 */

import { DataError } from "../../lib/errors.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import type { Tokenizer } from "../../lib/text/tokenizer.ts";

/** Counts pairs of text8's tokens in a text, and adds one to each count. */
export class BigramJudge implements Judge {
  readonly name = "bigrams";
  readonly tokenizer: Tokenizer;
  readonly startId: number | null;
  readonly contextLength: number;
  /** The shapes [batch, length] of what it was asked. */
  readonly asked: [number, number][] = [];
  readonly #counts: Float64Array;

  private constructor(tokenizer: Tokenizer, contextLength: number) {
    this.tokenizer = tokenizer;
    this.startId = tokenizer.bosId;
    this.contextLength = contextLength;
    this.#counts = new Float64Array(tokenizer.vocabSize ** 2).fill(1);
  }

  static async learn(text: string, contextLength = 1024): Promise<BigramJudge> {
    const judge = new BigramJudge(await createTokenizer("text8"), contextLength);
    const { tokenizer } = judge;
    const ids = [tokenizer.bosId, ...tokenizer.encode(text), tokenizer.eosId];
    for (let i = 1; i < ids.length; i++) {
      judge.#counts[ids[i - 1]! * tokenizer.vocabSize + ids[i]!]! += 1;
    }
    return judge;
  }

  /** The negative log-likelihood of a token after another one. */
  nll(before: number, id: number): number {
    const { vocabSize } = this.tokenizer;
    const row = this.#counts.subarray(before * vocabSize, (before + 1) * vocabSize);
    return -Math.log(row[id]! / row.reduce((sum, count) => sum + count, 0));
  }

  score(ids: Uint32Array, length: number): Promise<Float32Array> {
    if (length < 2 || length > this.contextLength) {
      throw new DataError(`length is ${length}`);
    }
    this.asked.push([ids.length / length, length]);
    const result: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      if (i % length > 0) result.push(this.nll(ids[i - 1]!, ids[i]!));
    }
    return Promise.resolve(Float32Array.from(result));
  }

  [Symbol.dispose](): void {}
}
