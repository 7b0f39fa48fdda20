/**
 * Rules that bind two keys of a configuration.
 *
 * @module
 */

import { emaDecays } from "./ema_decays.ts";
import { TRAINING_SECTIONS, trainingConfig } from "./training_config.ts";
import type { BoundConfig, Config, OptimConfig, TrainConfig } from "./types.ts";

/** Says what is impossible about a configuration whose every key is right by itself. */
export function brokenRules(config: Config): string[] {
  const { data, model } = config;
  const problems: string[] = [];
  if (data.tokenizerFile !== null && ["text8", "letters"].includes(data.tokenizer)) {
    problems.push(
      `data.tokenizerFile: expected null, since data.tokenizer ${data.tokenizer} has no file, ` +
        `found ${data.tokenizerFile}`,
    );
  }
  if (data.tokenizer === "ids" && data.packing !== "unwrapped") {
    problems.push(
      `data.packing: expected unwrapped, since data.tokenizer ids has no id that begins or ends a ` +
        `text, found ${data.packing}`,
    );
  }
  const isLearned = data.tokenizer === "bpe" && data.tokenizerFile === null;
  if (isLearned !== (data.vocabSize !== null)) {
    problems.push(
      isLearned
        ? `data.vocabSize: expected the number of tokens to learn, since data.tokenizer is bpe, ` +
          `found null`
        : `data.vocabSize: expected null, since ` +
          `${
            data.tokenizer === "bpe" ? "data.tokenizerFile" : `data.tokenizer ${data.tokenizer}`
          } ` +
          `says how many tokens there are, found ${data.vocabSize}`,
    );
  }
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
  for (const section of [null, ...TRAINING_SECTIONS]) {
    const broken = brokenSchedule(trainingConfig(config, section).optim);
    if (broken === undefined) continue;
    problems.push(`${section === null ? "" : `${section}.`}optim.${broken}`);
    break;
  }
  for (const section of [null, ...TRAINING_SECTIONS]) {
    const { batchSize, microBatchSize } = trainingConfig(config, section).train;
    if (microBatchSize !== null && microBatchSize > batchSize) {
      const train = section === null ? "train" : `${section}.train`;
      problems.push(
        `${train}.microBatchSize: expected at most ${train}.batchSize (${batchSize}), ` +
          `found ${microBatchSize}`,
      );
      break;
    }
  }
  for (const section of [null, ...TRAINING_SECTIONS]) {
    const { train, optim } = trainingConfig(config, section);
    const prefix = section === null ? "" : `${section}.`;
    const broken = brokenAverages(optim) ?? brokenSamples(train);
    if (broken === undefined) continue;
    problems.push(`${prefix}${broken}`);
    break;
  }
  config.evaluation.bounds.forEach((bound, i) => {
    problems.push(...brokenBound(config, bound).map((each) => `evaluation.bounds[${i}]${each}`));
  });
  return problems;
}

/** What is wrong with the decays of averages, each of which has a file. */
function brokenAverages(optim: OptimConfig): string | undefined {
  const decays = emaDecays(optim);
  const twice = decays.find((each, i) => decays.indexOf(each) !== i);
  if (twice === undefined) return undefined;
  return `optim.emaDecay: expected different decays, found ${twice} twice`;
}

/** What is asked of the samples of validations, of which there are none. */
function brokenSamples(
  { evalSamples, evalJudge, keepBest }: TrainConfig,
): string | undefined {
  if (evalSamples === 0 && evalJudge !== null) {
    return `train.evalJudge: expected null, since train.evalSamples is 0, found ${evalJudge}`;
  }
  if (evalSamples === 0 && keepBest !== null && keepBest !== "loss") {
    return `train.keepBest: expected loss or null, since train.evalSamples is 0, found ${keepBest}`;
  }
  return undefined;
}

/** What is wrong with a schedule of the learning rate: a key and what was expected there. */
function brokenSchedule({ schedule, lr, minLr, decaySteps }: OptimConfig): string | undefined {
  if (decaySteps > 0 && schedule !== "wsd") {
    return `decaySteps: expected 0, since optim.schedule ${schedule} ` +
      `${schedule === "constant" ? "does not fall" : "falls from the warm-up on"}, found ` +
      `${decaySteps}`;
  }
  if (minLr > lr) return `minLr: expected at most optim.lr (${lr}), found ${minLr}`;
  if (minLr > 0 && schedule === "constant") {
    return `minLr: expected 0, since optim.schedule constant does not fall, found ${minLr}`;
  }
  return undefined;
}

/** Says what is possible about a training, but hardly meant. */
export function doubtfulSettings(
  { numSteps }: TrainConfig,
  { warmupSteps, decaySteps }: OptimConfig,
): string[] {
  const ramps = warmupSteps + decaySteps;
  if (ramps <= numSteps) return [];
  const found = decaySteps === 0
    ? `optim.warmupSteps (${ramps}) is`
    : `optim.warmupSteps and optim.decaySteps (${ramps} in all) are`;
  const share = Number((100 * numSteps / ramps).toPrecision(2));
  return [
    `${found} more than train.numSteps (${numSteps}), so that the learning rate never exceeds ` +
    `${share} % of optim.lr`,
  ];
}

/** What keeps a bound from being measured: a key and what is wrong with it. */
function brokenBound({ evaluation }: Config, bound: BoundConfig): string[] {
  const problems: string[] = [];
  if (!evaluation.numSteps.includes(bound.numSteps)) {
    const known = evaluation.numSteps.join(", ");
    problems.push(
      `.numSteps: expected one of evaluation.numSteps (${known}), found ${bound.numSteps}`,
    );
  }
  if (bound.min === null && bound.max === null) {
    problems.push(": expected min or max, or both, found neither");
  }
  return problems;
}
