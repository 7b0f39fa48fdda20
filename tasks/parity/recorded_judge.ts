/**
 * A judge that knows nothing but recorded likelihoods.
 *
 * @module
 */

import { DataError } from "../../lib/errors.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import type { PieceEncoder, Tokenizer, TokenSink } from "../../lib/text/tokenizer.ts";

/** Texts that are token ids with spaces between; BOS and EOS are the same, as GPT-2 has it. */
export class NumberTokenizer implements Tokenizer {
  readonly name = "numbers";
  readonly unit = "word";
  readonly vocabSize: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId = null;
  readonly unknownId = null;
  readonly vocabulary = null;
  readonly fingerprint = "numbers";

  /** The last id is the EOS. */
  constructor(eosId: number) {
    this.vocabSize = eosId + 1;
    this.bosId = this.eosId = eosId;
  }

  normalise(text: string): string {
    return this.decode(this.encode(text));
  }

  encode(text: string): number[] {
    return text.split(" ").filter((word) => word !== "").map(Number);
  }

  encodeInto(text: string, ids: TokenSink): void {
    for (const id of this.encode(text)) ids.push(id);
  }

  encoder(): PieceEncoder {
    let text = "";
    return {
      push: (piece) => {
        text += piece;
        return [];
      },
      finish: () => {
        const ids = this.encode(text);
        text = "";
        return ids;
      },
    };
  }

  decode(ids: ArrayLike<number>): string {
    return Array.from(ids).join(" ");
  }

  decodeBatch(batch: Iterable<ArrayLike<number>>): string[] {
    return Array.from(batch, (ids) => this.decode(ids));
  }
}

/** What stands where nothing may be read. */
const NEVER = 1e6;

/** Gives sequences the likelihoods that were recorded of them; to padding, far too large ones. */
export class RecordedJudge implements Judge {
  readonly name = "recorded";
  readonly tokenizer: NumberTokenizer;
  readonly startId = null;
  readonly contextLength: number;
  readonly #recorded: { ids: readonly number[]; nll: readonly number[] }[] = [];

  constructor(eosId: number, contextLength: number) {
    this.tokenizer = new NumberTokenizer(eosId);
    this.contextLength = contextLength;
  }

  /** Records a sequence [n] and its likelihoods [n − 1]; those that do not count are not known. */
  record(ids: readonly number[], nll: readonly number[], valid: readonly number[]): void {
    this.#recorded.push({ ids, nll: nll.map((value, i) => valid[i] === 0 ? NEVER : value) });
  }

  score(ids: Uint32Array, length: number): Promise<Float32Array> {
    const result = new Float32Array(ids.length / length * (length - 1)).fill(NEVER);
    for (let row = 0; row < ids.length / length; row++) {
      const sequence = ids.subarray(row * length, (row + 1) * length);
      result.set(this.#find(sequence), row * (length - 1));
    }
    return Promise.resolve(result);
  }

  [Symbol.dispose](): void {}

  /** The longest sequence that was recorded with which `ids` begin. */
  #find(ids: Uint32Array): readonly number[] {
    const found = this.#recorded
      .filter((each) => each.ids.every((id, i) => id === ids[i]))
      .sort((a, b) => b.ids.length - a.ids.length)[0];
    if (found !== undefined) return found.nll;
    throw new DataError(`Nothing was recorded of the sequence ${ids.join(" ")}`);
  }
}
