/**
 * What a model must be for what is asked of it.
 *
 * @module
 */

import { PRECISION, type Precision } from "../checkpoint/precision.ts";
import { type TrainedModel, WEIGHTS, type Weights } from "../checkpoint/trained_model.ts";
import { CheckpointError, FlmError } from "../errors.ts";
import type { Method } from "../methods/base/method.ts";
import type { Writer } from "../methods/base/writer.ts";
import { methodOfCheckpoint, methods } from "../methods/table.ts";
import { describeValue } from "../schema/field.ts";

/**
 * The method of a checkpoint whose model writes text, and how.
 *
 * @throws {CheckpointError} if it does not, or its kind is unknown.
 */
export function requireWriter(
  checkpoint: Pick<TrainedModel, "location" | "state">,
): { method: Method; writer: Writer } {
  const { location, state: { kind } } = checkpoint;
  const method = methodOfCheckpoint(checkpoint);
  const { title, writer } = method;
  if (writer !== null) return { method, writer };
  throw new CheckpointError(
    `${location} holds a model that does not write text: ${title} (kind "${kind}"). ` +
      `Give the run of a flow language model or of a flow map.`,
  );
}

/**
 * The error of a share of noise that is given to a model that takes none.
 *
 * @param name What it was given by: an option or a flag.
 */
export function takesNoRenewal(name: string, method: Method): FlmError {
  const takers = methods().filter(({ writer }) => writer?.takesRenewal).map(
    ({ title, kind }) => `${title}s, checkpoints of kind "${kind}"`,
  );
  return new FlmError(
    `${name} is for ${takers.join(" and ")}; this one is of kind "${method.kind}".`,
  );
}

/**
 * The error of a temperature or a top-p that is given to a model that takes none.
 *
 * @param name What it was given by: an option or a flag.
 */
export function takesNoSharpening(name: string, { kind }: Method): FlmError {
  return new FlmError(
    `${name} changes a network's probabilities, and models of kind "${kind}" write without them. ` +
      `Leave it out.`,
  );
}

/** Checks which weights are asked for. @throws {CheckpointError} if there cannot be such. */
export function requireWeights(weights: unknown): Weights {
  const found = WEIGHTS.check(weights);
  if (found !== undefined) return found;
  throw new CheckpointError(
    `Expected ${WEIGHTS.expected} as the weights to load, found ${describeValue(weights)}.`,
  );
}

/** Checks what precision is asked for. @throws {FlmError} if there is no such. */
export function requirePrecision(precision: unknown): Precision {
  const found = PRECISION.check(precision);
  if (found !== undefined) return found;
  throw new FlmError(
    `Expected ${PRECISION.expected} as the precision, found ${describeValue(precision)}.`,
  );
}
