/**
 * The table of methods. A new one is a folder beside this file and a line here; or a call of
 * {@linkcode registerMethod} from elsewhere.
 *
 * @module
 */

import type { TrainedModel } from "../checkpoint/trained_model.ts";
import type { TrainingSection } from "../config/config.ts";
import { CheckpointError, ConfigError } from "../errors.ts";
import { nearestOrAll } from "../schema/nearest.ts";
import { ar } from "./ar/mod.ts";
import type { Method } from "./base/method.ts";
import { flm } from "./flm/mod.ts";
import { psd } from "./psd/mod.ts";
import { secondStage } from "./second_stage/mod.ts";
import { semigroup } from "./semigroup/mod.ts";

const METHODS = new Map<string, Method>(
  [flm, psd, semigroup, secondStage, ar].map((method) => [method.kind, method]),
);

/** All methods, in the order of the table. */
export function methods(): Method[] {
  return [...METHODS.values()];
}

/** Whether a method learns from data alone, and from no other model. */
export function learnsFromData({ learnsFrom }: Method): boolean {
  return Object.keys(learnsFrom).length === 0;
}

/** Adds a method to the table, in place of one of the same kind. */
export function registerMethod(method: Method): void {
  METHODS.set(method.kind, method);
}

/** The method of a kind; undefined if there is none. */
export function findMethod(kind: string): Method | undefined {
  return METHODS.get(kind);
}

/** What people call the models of a kind; the kind itself if it is unknown. */
export function titleOf(kind: string): string {
  return METHODS.get(kind)?.title ?? kind;
}

/**
 * The method of a kind.
 *
 * @param where What asks for it, for the message: `distill.method`, or a checkpoint.
 * @throws {ConfigError} if there is none, with the nearest one.
 */
export function methodOf(kind: string, where = "method"): Method {
  const method = METHODS.get(kind);
  if (method !== undefined) return method;
  const hint = nearestOrAll(kind, [...METHODS.keys()]);
  throw new ConfigError(`${where}: unknown method "${kind}"; ${hint}`);
}

/**
 * The method of a checkpoint.
 *
 * @throws {CheckpointError} if its kind is unknown.
 */
export function methodOfCheckpoint(
  { location, state: { kind } }: Pick<TrainedModel, "location" | "state">,
): Method {
  const method = METHODS.get(kind);
  if (method !== undefined) return method;
  const known = [...METHODS.keys()].join(", ");
  throw new CheckpointError(
    `${location} holds a model of the kind "${kind}", which is unknown here (there is: ${known}). ` +
      `Use the version of flm, or register the method, that it was trained with.`,
  );
}

/** The first method whose length and optimizer stand in a section of the configuration. */
export function methodOfSection(section: TrainingSection): Method {
  return methods().find((method) => method.section === section)!;
}
