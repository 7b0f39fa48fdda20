/**
 * The table of optimizers, by the name that configurations give them.
 *
 * @module
 */

import type { OptimConfig } from "../config/config.ts";
import { ConfigError } from "../errors.ts";
import type { ParameterStore } from "../model/parameters.ts";
import { nearestOrAll } from "../schema/nearest.ts";
import { AdamW, type AdamWGroup, type AdamWOptions } from "./adamw.ts";
import { Muon } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";

/** Makes the optimizer of some parameters, which have gradients. */
export type OptimizerFactory = (store: ParameterStore, optim: OptimConfig) => Optimizer;

const FACTORIES = new Map<string, OptimizerFactory>([
  ["adamw", (store, optim) => new AdamW(store, optionsOf(optim))],
  ["muon", (store, optim) => new Muon(store, optionsOf(optim))],
]);

/** What a configuration asks of the optimizers of flm. */
function optionsOf(optim: OptimConfig): AdamWOptions {
  const { vectorWeightDecay, vocabularyWeightDecay } = optim;
  const groups: Record<string, AdamWGroup> = {};
  if (vectorWeightDecay !== null) groups.vectors = { weightDecay: vectorWeightDecay };
  if (vocabularyWeightDecay !== null) groups.vocabulary = { weightDecay: vocabularyWeightDecay };
  return { ...optim, groups };
}

/** Adds an optimizer to the table, for `optim.optimizer`. A name that is there gets another one. */
export function registerOptimizer(name: string, factory: OptimizerFactory): void {
  FACTORIES.set(name, factory);
}

/**
 * What makes the optimizers of a name.
 *
 * @param key The key of the configuration that names it, for the message.
 * @throws {ConfigError} if there is none of that name, with the nearest one.
 */
export function optimizerOf(name: string, key = "optim.optimizer"): OptimizerFactory {
  const factory = FACTORIES.get(name);
  if (factory !== undefined) return factory;
  const hint = nearestOrAll(name, [...FACTORIES.keys()]);
  throw new ConfigError(`${key}: unknown optimizer "${name}"; ${hint}`);
}

/**
 * Makes the optimizer that a configuration asks for.
 *
 * @throws {ConfigError} if there is none of that name.
 * @throws {GpuError} if the store keeps no gradients.
 */
export function createOptimizer(store: ParameterStore, optim: OptimConfig): Optimizer {
  return optimizerOf(optim.optimizer)(store, optim);
}
