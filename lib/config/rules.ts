/**
 * Rules that bind two keys of a configuration.
 *
 * @module
 */

import type { Config } from "./types.ts";

/** Says what is impossible about a configuration whose every key is right by itself. */
export function brokenRules(config: Config): string[] {
  const { model, train } = config;
  const problems: string[] = [];
  const { hiddenSize, numHeads } = model;
  if (hiddenSize % numHeads !== 0) {
    problems.push(
      `model.hiddenSize: expected a multiple of model.numHeads (${numHeads}), found ${hiddenSize}`,
    );
  } else if ((hiddenSize / numHeads) % 4 !== 0) {
    problems.push(
      `model.numHeads: expected model.hiddenSize / model.numHeads to be a multiple of 4, ` +
        `found ${hiddenSize} / ${numHeads} = ${hiddenSize / numHeads}`,
    );
  }
  const { batchSize, microBatchSize } = train;
  if (microBatchSize !== null && batchSize % microBatchSize !== 0) {
    problems.push(
      `train.microBatchSize: expected a divisor of train.batchSize (${batchSize}), ` +
        `found ${microBatchSize}`,
    );
  }
  return problems;
}
