/**
 * Objectives of which only some micro-batches are looked at: memory and work of all of them follow
 * from these.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { Objective, StepObjective } from "../train/objective.ts";

/** `count` whole numbers below `total`, spread evenly, with the first and the last; or all. */
function spread(total: number, count: number): number[] {
  if (total <= count) return Array.from({ length: total }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round(i * (total - 1) / (count - 1)));
}

/** Another's objective, of whose micro-batches each step has but some. All are still uploaded. */
export class SomeMicroBatches implements Objective {
  /** Their numbers in the other's step. */
  chosen: readonly number[];
  readonly #whole: Objective;
  readonly #onLoss: () => void;

  /**
   * @param count How many micro-batches are {@linkcode chosen} at first, evenly.
   * @param onLoss Called when the forward pass of one was recorded.
   */
  constructor(whole: Objective, count: number, onLoss: () => void = () => {}) {
    this.#whole = whole;
    this.#onLoss = onLoss;
    this.chosen = spread(whole.numMicroBatches, count);
  }

  /** How many are chosen. */
  get numMicroBatches(): number {
    return this.chosen.length;
  }

  /** Tokens of these. */
  get tokensPerStep(): number {
    return this.chosen.reduce((sum, _, i) => sum + this.tokensOf(i), 0);
  }

  /** Tokens of all micro-batches that there are to choose from. */
  get tokensOfAll(): number {
    const { numMicroBatches } = this.#whole;
    return Array.from({ length: numMicroBatches }, (_, i) => this.#tokensOf(i))
      .reduce((sum, tokens) => sum + tokens, 0);
  }

  /** See {@linkcode Objective.tokensOf}. */
  tokensOf(microBatch: number): number {
    return this.#tokensOf(this.chosen[microBatch]!);
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const whole = this.#whole.begin(step);
    return {
      numTokens: whole.numTokens,
      mask: (i): Tensor | null => whole.mask(this.chosen[i]!),
      loss: (tape: Tape, i: number, lossGrads?: Tensor): Value => {
        const losses = whole.loss(tape, this.chosen[i]!, lossGrads);
        this.#onLoss();
        return losses;
      },
      finish: () => whole.finish?.(),
      [Symbol.dispose]: () => whole[Symbol.dispose](),
    };
  }

  #tokensOf(number: number): number {
    const { tokensPerStep, numMicroBatches } = this.#whole;
    return this.#whole.tokensOf?.(number) ?? tokensPerStep / numMicroBatches;
  }
}
