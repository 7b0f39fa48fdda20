/**
 * What the reference calls its algorithms, and what is known of them.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { describeNames, describeValue } from "../../schema/field.ts";

/** The reference's name of a kind's algorithm (`algo.name`). */
const ALGORITHMS: Readonly<Record<string, string>> = {
  flm: "flm",
  psd: "fmlm",
  semigroup: "flm_distill",
  second_stage: "flm_distill_double",
};

/** The kinds of models that the reference makes. */
const REFERENCE_KINDS: readonly string[] = Object.keys(ALGORITHMS);

/**
 * The reference's name of a kind.
 *
 * @throws {CheckpointError} if it has none.
 */
export function algorithmOf(kind: string, location: string): string {
  if (Object.hasOwn(ALGORITHMS, kind)) return ALGORITHMS[kind]!;
  throw new CheckpointError(
    `${location} holds a model of the kind "${kind}", which the reference has not: it has ` +
      `${describeNames(REFERENCE_KINDS)}.`,
  );
}

/** What decides a kind. */
export interface KindHints {
  /** `algo.name`, if it is known. */
  readonly algorithm: string | undefined;
  /** Whether the network has a second time. */
  readonly doubleTemb: boolean;
}

/** A kind, and whether it was told. */
export interface FoundKind {
  /** The kind. */
  readonly kind: string;
  /** Whether it was assumed. */
  readonly isAssumed: boolean;
}

/**
 * The kind of a model of the reference. Without a name of its algorithm, a network with one time is
 * an FLM, and one with two a denoiser flow map, which is the form that was published.
 *
 * @param told The kind, as a person says it.
 * @throws {CheckpointError} if the algorithm is unknown, or its network is of another kind.
 */
export function kindOf(
  location: string,
  { algorithm, doubleTemb }: KindHints,
  told?: string,
): FoundKind {
  const kind = told ??
    (algorithm === undefined
      ? doubleTemb ? "psd" : "flm"
      : Object.keys(ALGORITHMS).find((each) => ALGORITHMS[each] === algorithm));
  if (kind === undefined || !REFERENCE_KINDS.includes(kind)) {
    const found = told === undefined ? `algo.name ${describeValue(algorithm)}` : `kind "${told}"`;
    throw new CheckpointError(
      `Cannot read ${location}: ${found} is no model that is known here. There are ` +
        Object.entries(ALGORITHMS).map(([own, name]) => `${own} (${name})`).join(", ") + ".",
    );
  }
  if ((kind !== "flm") !== doubleTemb) {
    const times = doubleTemb ? "two times (sigma_map_prime)" : "one time (no sigma_map_prime)";
    throw new CheckpointError(
      `Cannot read ${location}: it is said to be of the kind "${kind}" ` +
        `(${ALGORITHMS[kind]}), but its network has ${times}. Say what it is by --kind KIND.`,
    );
  }
  return { kind, isAssumed: told === undefined && algorithm === undefined && doubleTemb };
}
