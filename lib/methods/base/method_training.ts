/**
 * What a method's training takes from a configuration.
 *
 * @module
 */

import {
  type Config,
  type OptimConfig,
  type TrainConfig,
  trainingConfig,
} from "../../config/config.ts";
import { ConfigError } from "../../errors.ts";
import { describeValue } from "../../schema/field.ts";
import type { Method } from "./method.ts";

/**
 * Length and optimizer of a method's training: what its section has of its own, and else what
 * stands in `train` and `optim`. Where its validations write no texts, since its models do not or
 * none are asked for, there is nobody to judge any, and the best checkpoint, if that is to be kept,
 * is that of the least loss.
 */
export function methodTraining(
  config: Config,
  { section, writer }: Pick<Method, "section" | "writer">,
): { train: TrainConfig; optim: OptimConfig } {
  const { train, optim } = trainingConfig(config, section);
  if (writer !== null && train.evalSamples > 0) return { train, optim };
  const keepBest = train.keepBest === null ? null : "loss";
  return { train: { ...train, evalSamples: 0, evalJudge: null, keepBest }, optim };
}

/**
 * Checks that the section of a method whose models write no text asks for none. What stands in
 * `train` is for others, too.
 *
 * @throws {ConfigError} naming the first key that does.
 */
export function requireNoTexts(
  config: Config,
  { section, writer, title }: Pick<Method, "section" | "writer" | "title">,
): void {
  if (section === null || writer !== null) return;
  const { evalSamples, evalJudge, keepBest } = config[section].train;
  const problems: [string, string, unknown, boolean][] = [
    ["evalSamples", "0", evalSamples, (evalSamples ?? 0) > 0],
    ["evalJudge", "null", evalJudge, evalJudge !== null],
    ["keepBest", "loss or null", keepBest, keepBest !== null && keepBest !== "loss"],
  ];
  for (const [key, expected, found, isBroken] of problems) {
    if (!isBroken) continue;
    throw new ConfigError(
      `${section}.train.${key}: expected ${expected}, since what is trained there, of the kind ` +
        `"${title}", writes no text, found ${describeValue(found)}`,
    );
  }
}
