/**
 * What the trainings of a recipe take on a card.
 *
 * @module
 */

import type { Config } from "../../lib/config/config.ts";
import { keyPrefix, trainingConfig } from "../../lib/config/training_config.ts";
import type { TrainConfig } from "../../lib/config/types.ts";
import { ConfigError, OutOfMemoryError } from "../../lib/errors.ts";
import type { AdapterKind } from "../../lib/gpu/adapter.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import type { TokenSizes } from "../../lib/planning/dry_training.ts";
import { planSettings, type SettingPlan } from "../../lib/planning/settings.ts";
import { planTraining, type TrainingPlan } from "../../lib/planning/training_plan.ts";

/** The cards that are planned for. */
export interface Cards {
  /** How many share a batch. */
  readonly cards: number;
  /** Bytes of memory of each; null if there is no bound. */
  readonly gpuMemory: number | null;
  /** What they bind, and their kernels. */
  readonly device: { readonly kind: AdapterKind; readonly maxBindingBytes: number };
  /** The rate that each reaches, in 10¹² operations a second; null if nothing is known. */
  readonly tflops: number | null;
}

/** A training of a recipe. */
export interface PlannedTrainingOfRecipe {
  /** The kind of its method. */
  readonly kind: string;
  /** What its models are called. */
  readonly title: string;
  /** With its own settings; null if a buffer would be larger than a binding. */
  readonly plan: TrainingPlan | null;
  /** With other settings, which change no weight. */
  readonly settings: readonly SettingPlan[];
  /** Seconds of a step with its own settings; null if no rate is given, or it does not work. */
  readonly secondsPerStep: number | null;
  /** The steps that it does in its time, if that ends it first, or else all; null as these. */
  readonly steps: number | null;
  /** Days of the whole training, which its time may end first; null as these. */
  readonly days: number | null;
}

/** All trainings of a recipe. */
export interface RecipePlan extends Cards {
  /** The recipe's name. */
  readonly name: string;
  /** In the order in which they are trained. */
  readonly trainings: readonly PlannedTrainingOfRecipe[];
  /** Days of all of them; null if one of these is not known. */
  readonly days: number | null;
}

const SECONDS_OF_A_DAY = 86400;

/**
 * Plans the trainings of a recipe.
 *
 * @throws {ConfigError} if the cards cannot share a batch evenly.
 */
export async function planRecipe(
  config: Config,
  methods: readonly Method[],
  tokens: TokenSizes,
  cards: Cards,
): Promise<RecipePlan> {
  const trainings: PlannedTrainingOfRecipe[] = [];
  for (const method of methods) {
    requireShares(config, method, cards.cards);
    trainings.push(await planOne(config, method, tokens, cards));
  }
  const days = trainings.map(({ days }) => days);
  const total = days.includes(null) ? null : days.reduce<number>((sum, each) => sum + each!, 0);
  return { name: config.name, ...cards, trainings, days: total };
}

async function planOne(
  config: Config,
  method: Method,
  tokens: TokenSizes,
  { cards, gpuMemory, device, tflops }: Cards,
): Promise<PlannedTrainingOfRecipe> {
  const options = { config, method, tokens, cards, device };
  const plan = await planTraining(options).catch((error) => {
    if (error instanceof OutOfMemoryError) return null;
    throw error;
  });
  const settings = await planSettings(options, gpuMemory ?? Infinity);
  const secondsPerStep = plan === null || tflops === null ? null : plan.flops / (tflops * 1e12);
  return {
    kind: method.kind,
    title: method.title,
    plan,
    settings,
    secondsPerStep,
    ...lengthOf(trainingConfig(config, method.section).train, secondsPerStep),
  };
}

/** How far a training gets, and how long it takes: it ends by its steps or by its time. */
function lengthOf(
  { numSteps, minutes }: TrainConfig,
  secondsPerStep: number | null,
): Pick<PlannedTrainingOfRecipe, "steps" | "days"> {
  if (secondsPerStep === null) return { steps: null, days: null };
  const limit = minutes === null ? Infinity : 60 * minutes;
  return {
    steps: Math.min(numSteps, Math.ceil(limit / secondsPerStep)),
    days: Math.min(numSteps * secondsPerStep, limit) / SECONDS_OF_A_DAY,
  };
}

function requireShares(config: Config, { section }: Method, cards: number): void {
  const { batchSize } = trainingConfig(config, section).train;
  if (batchSize % cards === 0) return;
  const key = `${keyPrefix(section)}train.batchSize`;
  throw new ConfigError(
    `--cards: expected a divisor of ${key} (${batchSize}), found ${cards}: all cards have equal ` +
      `parts of a batch.`,
  );
}
