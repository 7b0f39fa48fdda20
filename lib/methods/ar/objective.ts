/**
 * The training objective of the autoregressive baseline.
 *
 * @module
 */

import type { CausalLm } from "../../model/causal_lm.ts";
import { nextTokens } from "../../model/next_tokens.ts";
import { seedWords } from "../../random/philox.ts";
import type { Objective, ObjectiveOptions } from "../../train/objective.ts";
import { uploadedObjective } from "../../train/uploaded_objective.ts";

/**
 * Next-token cross-entropy of whole blocks: every token but the first is predicted.
 *
 * @throws {DataError} if the batch cannot be divided into the micro-batches.
 */
export function causalObjective(options: ObjectiveOptions<CausalLm>): Objective {
  const { model, batches, seed } = options;
  const { gpu, config: { length } } = model;
  return uploadedObjective(options, {
    lossesPerBlock: length - 1,
    upload: (step, slices) =>
      slices.map(({ slice, offset }) => {
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
      }),
    loss(tape, { context, next, firstSample }, step, _shared, lossGrads) {
      const dropout = { key: seedWords(seed), step, firstSample };
      return model.losses(tape, { context, next, length: length - 1, dropout, lossGrads });
    },
  });
}
