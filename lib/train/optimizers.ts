/**
 * The table of optimizers, by the name that configurations give them.
 *
 * @module
 */

import type { OptimConfig, TrainConfig } from "../config/config.ts";
import { ConfigError } from "../errors.ts";
import type { ParameterStore } from "../model/parameters.ts";
import { nearestOrAll } from "../schema/nearest.ts";
import { AdamW, type AdamWGroup, type AdamWOptions } from "./adamw.ts";
import { Muon, MUON_GROUP } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";
import { type MovedParameters, ParameterSlices } from "./parameter_slices.ts";
import type { Ranks } from "./ranks.ts";

/** Makes the optimizer of some parameters, which have gradients. */
export type OptimizerFactory = (store: ParameterStore, optim: OptimConfig) => Optimizer;

/**
 * As {@linkcode OptimizerFactory}, of a rank's slice of them: for `train.shardOptimizer`. What it
 * makes moves each number by what there is of this number alone, or, in groups that are not cut, of
 * its parameter.
 */
export type SliceOptimizerFactory = (slices: ParameterSlices, optim: OptimConfig) => Optimizer;

/** How the optimizers of a name are made. */
interface OptimizerFactories {
  readonly whole: OptimizerFactory;
  /** Null if they need more than a slice. */
  readonly ofSlices: SliceOptimizerFactory | null;
  /** Groups of parameters that slices must not cut. */
  readonly wholeGroups: readonly string[];
}

const adamW = (parameters: MovedParameters, optim: OptimConfig) =>
  new AdamW(parameters, optionsOf(optim));
const muon = (parameters: MovedParameters, optim: OptimConfig) =>
  new Muon(parameters, optionsOf(optim));

const FACTORIES = new Map<string, OptimizerFactories>([
  ["adamw", { whole: adamW, ofSlices: adamW, wholeGroups: [] }],
  ["muon", { whole: muon, ofSlices: muon, wholeGroups: [MUON_GROUP] }],
]);

/** What a configuration asks of the optimizers of flm. */
function optionsOf(optim: OptimConfig): AdamWOptions {
  const { vectorWeightDecay, vocabularyWeightDecay } = optim;
  const groups: Record<string, AdamWGroup> = {};
  if (vectorWeightDecay !== null) groups.vectors = { weightDecay: vectorWeightDecay };
  if (vocabularyWeightDecay !== null) groups.vocabulary = { weightDecay: vocabularyWeightDecay };
  return { ...optim, groups };
}

/**
 * Adds an optimizer to the table, for `optim.optimizer`. A name that is there gets another one.
 *
 * @param ofSlices Makes it of a slice, if it can be had of one: it may be `factory` itself.
 * @param wholeGroups Groups of parameters that it moves as a whole each: slices do not cut them.
 * There must be others, of which every rank has a part.
 */
export function registerOptimizer(
  name: string,
  factory: OptimizerFactory,
  ofSlices: SliceOptimizerFactory | null = null,
  wholeGroups: readonly string[] = [],
): void {
  FACTORIES.set(name, { whole: factory, ofSlices, wholeGroups });
}

/**
 * Checks that there are optimizers of a name, and gives what makes them.
 *
 * @param key The key of the configuration that names it, for the message.
 * @throws {ConfigError} if there is none of that name, with the nearest one.
 */
export function optimizerOf(name: string, key = "optim.optimizer"): OptimizerFactories {
  const factory = FACTORIES.get(name);
  if (factory !== undefined) return factory;
  const hint = nearestOrAll(name, [...FACTORIES.keys()]);
  throw new ConfigError(`${key}: unknown optimizer "${name}"; ${hint}`);
}

/**
 * The slices that a configuration asks for; undefined if each rank is to move all parameters.
 *
 * @throws {ConfigError} if there is no such optimizer, or a rank would have no slice.
 */
export function slicesFor(
  { train, optim }: { train: Pick<TrainConfig, "shardOptimizer">; optim: OptimConfig },
  store: ParameterStore,
  ranks: Ranks,
): ParameterSlices | undefined {
  if (!train.shardOptimizer || ranks.numRanks === 1) return undefined;
  return new ParameterSlices(store, ranks, optimizerOf(optim.optimizer).wholeGroups);
}

/**
 * Makes the optimizer that a configuration asks for.
 *
 * @throws {ConfigError} if there is none of that name, or none of slices where there are slices.
 * @throws {GpuError} if the parameters have no gradients.
 */
export function createOptimizer(parameters: MovedParameters, optim: OptimConfig): Optimizer {
  const { whole, ofSlices } = optimizerOf(optim.optimizer);
  if (!(parameters instanceof ParameterSlices)) return whole(parameters, optim);
  if (ofSlices !== null) return ofSlices(parameters, optim);
  const able = [...FACTORIES].filter(([, { ofSlices }]) => ofSlices !== null)
    .map(([name]) => name);
  throw new ConfigError(
    `train.shardOptimizer: expected false, since the optimizer ${optim.optimizer} needs whole ` +
      `parameters, found true. Those that can do with slices of them: ${able.join(", ")}.`,
  );
}
