/**
 * Rules that bind two keys of a configuration.
 *
 * @module
 */

import { stageConfig } from "./stage.ts";
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
  const trainings = {
    train,
    "distill.train": stageConfig(config, "distill").train,
    "secondStage.train": stageConfig(config, "secondStage").train,
  };
  for (const [section, { batchSize, microBatchSize }] of Object.entries(trainings)) {
    if (microBatchSize !== null && batchSize % microBatchSize !== 0) {
      problems.push(
        `${section}.microBatchSize: expected a divisor of ${section}.batchSize (${batchSize}), ` +
          `found ${microBatchSize}`,
      );
      break;
    }
  }
  return problems;
}
