/**
 * Rules that bind two keys of a configuration.
 *
 * @module
 */

import { emaDecays } from "./ema_decays.ts";
import { keyPrefix, TRAINING_SECTIONS, trainingConfig } from "./training_config.ts";
import type {
  BoundConfig,
  Config,
  DataConfig,
  ModelConfig,
  OptimConfig,
  TrainConfig,
} from "./types.ts";

/** Says what is impossible about a configuration whose every key is right by itself. */
export function brokenRules(config: Config): string[] {
  const bounds = config.evaluation.bounds.flatMap((bound, i) =>
    brokenBound(config, bound).map((each) => `evaluation.bounds[${i}]${each}`)
  );
  return [
    ...brokenData(config.data),
    ...brokenHeads(config.model),
    ...firstBroken(config, ({ optim }) => brokenSchedule(optim)),
    ...firstBroken(config, ({ train }, prefix) => brokenBatches(train, prefix)),
    ...firstBroken(config, ({ optim }) => brokenAverages(optim)),
    ...brokenSamples(config),
    ...bounds,
  ];
}

/** What is wrong with the first of the trainings that breaks a rule: others inherit its keys. */
function firstBroken(
  config: Config,
  rule: (training: { train: TrainConfig; optim: OptimConfig }, prefix: string) => string | null,
): string[] {
  for (const section of [null, ...TRAINING_SECTIONS]) {
    const prefix = keyPrefix(section);
    const broken = rule(trainingConfig(config, section), prefix);
    if (broken !== null) return [`${prefix}${broken}`];
  }
  return [];
}

/** What is wrong with a tokenizer and what it is made of. */
function brokenData({ tokenizer, tokenizerFile, vocabSize, packing }: DataConfig): string[] {
  const problems: string[] = [];
  if (tokenizerFile !== null && ["text8", "letters"].includes(tokenizer)) {
    problems.push(
      `data.tokenizerFile: expected null, since data.tokenizer ${tokenizer} has no file, found ` +
        `${tokenizerFile}`,
    );
  }
  if (tokenizer === "ids" && packing !== "unwrapped") {
    problems.push(
      `data.packing: expected unwrapped, since data.tokenizer ids has no id that begins or ends a ` +
        `text, found ${packing}`,
    );
  }
  const isLearned = tokenizer === "bpe" && tokenizerFile === null;
  if (isLearned && vocabSize === null) {
    problems.push(
      `data.vocabSize: expected the number of tokens to learn, since data.tokenizer is bpe, found ` +
        `null`,
    );
  }
  if (!isLearned && vocabSize !== null) {
    const known = tokenizer === "bpe" ? "data.tokenizerFile" : `data.tokenizer ${tokenizer}`;
    problems.push(
      `data.vocabSize: expected null, since ${known} says how many tokens there are, found ` +
        `${vocabSize}`,
    );
  }
  return problems;
}

/** What is wrong with the width of heads. */
function brokenHeads({ hiddenSize, numHeads }: ModelConfig): string[] {
  if (hiddenSize % numHeads !== 0) {
    return [
      `model.hiddenSize: expected a multiple of model.numHeads (${numHeads}), found ${hiddenSize}`,
    ];
  }
  const headSize = hiddenSize / numHeads;
  if (headSize % 4 === 0) return [];
  return [
    `model.numHeads: expected model.hiddenSize / model.numHeads to be a multiple of 4, found ` +
    `${hiddenSize} / ${numHeads} = ${headSize}`,
  ];
}

/** What is wrong with the division of batches. */
function brokenBatches({ batchSize, microBatchSize }: TrainConfig, prefix: string): string | null {
  if (microBatchSize === null || microBatchSize <= batchSize) return null;
  return `train.microBatchSize: expected at most ${prefix}train.batchSize (${batchSize}), found ` +
    `${microBatchSize}`;
}

/** What is wrong with the decays of averages, each of which has a file. */
function brokenAverages(optim: OptimConfig): string | null {
  const decays = emaDecays(optim);
  const twice = decays.find((each, i) => decays.indexOf(each) !== i);
  if (twice === undefined) return null;
  return `optim.emaDecay: expected different decays, found ${twice} twice`;
}

/**
 * What is asked of the samples of validations, of which there are none. A section may do without
 * any whatever it inherits.
 */
function brokenSamples(config: Config): string[] {
  return [null, ...TRAINING_SECTIONS].flatMap((section) => {
    const prefix = keyPrefix(section);
    const { evalSamples } = trainingConfig(config, section).train;
    if (evalSamples > 0) return [];
    const { evalJudge, keepBest } = (section === null ? config : config[section]).train;
    const since = `since ${prefix}train.evalSamples is 0`;
    return [
      ...(evalJudge === null
        ? []
        : [`${prefix}train.evalJudge: expected null, ${since}, found ${evalJudge}`]),
      ...(keepBest === null || keepBest === "loss"
        ? []
        : [`${prefix}train.keepBest: expected loss or null, ${since}, found ${keepBest}`]),
    ];
  });
}

/** What is wrong with a schedule of the learning rate: a key and what was expected there. */
function brokenSchedule({ schedule, lr, minLr, decaySteps }: OptimConfig): string | null {
  if (decaySteps > 0 && schedule !== "wsd") {
    return `optim.decaySteps: expected 0, since optim.schedule ${schedule} ` +
      `${schedule === "constant" ? "does not fall" : "falls from the warm-up on"}, found ` +
      `${decaySteps}`;
  }
  if (minLr > lr) return `optim.minLr: expected at most optim.lr (${lr}), found ${minLr}`;
  if (minLr > 0 && schedule === "constant") {
    return `optim.minLr: expected 0, since optim.schedule constant does not fall, found ${minLr}`;
  }
  return null;
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
