/**
 * The methods of a recipe: what is trained, in which order, and what of it can be measured.
 *
 * @module
 */

import type { BoundConfig, Config } from "../config/config.ts";
import { TRAINING_SECTIONS } from "../config/training_config.ts";
import { ConfigError } from "../errors.ts";
import { optimizerOf } from "../train/optimizers.ts";
import type { Method } from "./base/method.ts";
import { requireOptions } from "./base/options.ts";
import { learnsFromData, methodOf, methods } from "./table.ts";

/**
 * The methods that a configuration asks for, in order: what is trained from data, its distillation
 * if there is one of this kind of model, and what follows that.
 *
 * @throws {ConfigError} naming the key of a method that is unknown, or of another sort.
 */
export function recipeMethods(config: Config): Method[] {
  const first = methodOf(config.method);
  if (!learnsFromData(first)) {
    throw ofAnotherSort("method", first, "a method that learns from data alone", learnsFromData);
  }
  const trained = [first];
  const distilled = methodOf(config.distill.method, "distill.method");
  if (!isDistillation(distilled)) {
    throw ofAnotherSort("distill.method", distilled, "a method that distils", isDistillation);
  }
  if (Object.values(distilled.learnsFrom).every((kind) => kind === first.kind)) {
    for (let each: Method | null = distilled; each !== null; each = followerOf(each)) {
      trained.push(each);
    }
  }
  return trained;
}

function isDistillation({ section }: Method): boolean {
  return section === "distill";
}

function ofAnotherSort(
  key: string,
  { kind }: Method,
  expected: string,
  isExpected: (method: Method) => boolean,
): ConfigError {
  const known = methods().filter(isExpected).map((each) => each.kind);
  return new ConfigError(`${key}: expected ${expected} (${known.join(", ")}), found "${kind}"`);
}

function followerOf({ next }: Method): Method | null {
  return next === null ? null : methodOf(next);
}

/**
 * Checks that what a configuration asks for can be made and measured.
 *
 * @param file The configuration's file, for messages.
 * @throws {ConfigError} naming the keys that ask for something else, or for what is unknown.
 */
export function requireRecipe(config: Config, file: string): void {
  const trained = recipeMethods(config);
  for (const method of trained) requireOptions(config, method);
  optimizerOf(config.optim.optimizer);
  for (const section of TRAINING_SECTIONS) {
    const { optimizer } = config[section].optim;
    if (optimizer !== null) optimizerOf(optimizer, `${section}.optim.optimizer`);
  }
  const problems = config.evaluation.bounds.flatMap((bound, i) =>
    brokenBound(config, trained, bound).map((each) => `evaluation.bounds[${i}]${each}`)
  );
  if (problems.length === 0) return;
  throw new ConfigError(problems.map((problem) => `${file}: ${problem}`).join("\n"));
}

/** What keeps a bound from being measured: a key and what is wrong with it. */
function brokenBound(
  { evaluation, distill }: Config,
  trained: readonly Method[],
  { model, gamma }: BoundConfig,
): string[] {
  const method = trained.find(({ kind }) => kind === model);
  if (method === undefined) {
    const made = trained.map(({ kind }) => kind).join(" and ");
    return [`.model: distill.method "${distill.method}" makes ${made}, found ${model}`];
  }
  const takes = method.writer?.takesRenewal ?? false;
  const gammas = takes ? evaluation.gammas : [0];
  if (gammas.includes(gamma)) return [];
  const known = takes ? `one of evaluation.gammas (${gammas.join(", ")})` : "0";
  return [`.gamma: expected ${known} for ${model}, found ${gamma}`];
}
