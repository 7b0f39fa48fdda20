/**
 * The training objective of the autoregressive baseline.
 *
 * @module
 */

import { nextTokens } from "../../model/next_tokens.ts";
import { seedWords } from "../../random/philox.ts";
import type { CausalLm } from "../../model/causal_lm.ts";
import {
  type Objective,
  type ObjectiveOptions,
  type OwnSlice,
  ownSlices,
  type StepObjective,
} from "../../train/objective.ts";
import { UploadedStep } from "../../train/uploaded_step.ts";

/** Next-token cross-entropy of whole blocks: every token but the first is predicted. */
export class CausalObjective implements Objective {
  readonly numMicroBatches: number;
  readonly tokensPerStep: number;
  readonly #options: ObjectiveOptions<CausalLm>;
  readonly #slices: readonly OwnSlice[];

  /**
   * Combines the parts.
   *
   * @throws {DataError} if the batch cannot be divided into the micro-batches.
   */
  constructor(options: ObjectiveOptions<CausalLm>) {
    const { model, batches, numMicroBatches } = options;
    this.#options = options;
    this.#slices = ownSlices(options);
    this.numMicroBatches = numMicroBatches;
    this.tokensPerStep = batches.batchSize * (model.config.length - 1);
  }

  /** See {@linkcode Objective.begin}. */
  begin(step: number): StepObjective {
    const { model, batches, seed } = this.#options;
    const { gpu, config: { length } } = model;
    const parts = this.#slices.map(({ slice, offset }) => {
      const ids = nextTokens(batches.read(step, slice), length);
      const [context, next] = [gpu.tensor(ids.context), gpu.tensor(ids.next)];
      return {
        ids: ids.next,
        context,
        next,
        firstSample: offset,
        [Symbol.dispose]() {
          context.release();
          next.release();
        },
      };
    });
    return new UploadedStep(gpu, {
      batches: parts,
      padId: batches.padId,
      loss(tape, { context, next, firstSample }) {
        const dropout = { key: seedWords(seed), step, firstSample };
        return model.losses(tape, { context, next, length: length - 1, dropout });
      },
    });
  }
}
