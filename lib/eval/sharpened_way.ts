/**
 * What is done to a model's predictions when texts are drawn to be measured, as files keep it.
 *
 * @module
 */

import { number } from "../schema/field.ts";
import type { Section } from "../schema/tree.ts";

/** Temperature and top-p; one that is left out is 1, as in files that know neither. */
export interface SharpenedWay {
  /** What divided the logits. */
  readonly temperature?: number;
  /** To what sum of probabilities predictions were cut. */
  readonly topP?: number;
}

/** The values that a temperature may have. */
export const TEMPERATURE = number({ above: 0 });
/** The values that a top-p may have. */
export const TOP_P = number({ above: 0, max: 1 });

/** The fields of {@linkcode SharpenedWay} in a file. */
export const SHARPENED_FIELDS: Section<SharpenedWay>["keys"] = {
  temperature: { optional: TEMPERATURE },
  topP: { optional: TOP_P },
};

/** Each temperature with each top-p. */
export function sharpenedWays(
  temperatures: readonly number[] = [1],
  topPs: readonly number[] = [1],
): SharpenedWay[] {
  return [...new Set(temperatures)].flatMap((temperature) =>
    [...new Set(topPs)].map((topP) => ({
      ...(temperature === 1 ? {} : { temperature }),
      ...(topP === 1 ? {} : { topP }),
    }))
  );
}

/** What of it is not 1, in words: "temperature 0.6". */
export function describeSharpening({ temperature, topP }: SharpenedWay): string[] {
  return [
    ...(temperature === undefined ? [] : [`temperature ${temperature}`]),
    ...(topP === undefined ? [] : [`top-p ${topP}`]),
  ];
}
