/**
 * How good samples of the `letters` corpus are: a model must write texts of equal letters, and
 * must not forget any letter to do so.
 *
 * @module
 */

import type { MeasuredSamples, SampleMetric } from "../sample_metric.ts";

/** The metrics: the part of valid samples, and how many of the 26 letters these have. */
export const LETTERS_METRICS: readonly SampleMetric[] = [
  {
    name: "validity",
    head: "validity",
    title: "Valid samples by number of steps",
    axis: "valid samples",
    most: 1,
    isPart: true,
    measure: (samples) => validTexts(samples).length / samples.texts.length,
  },
  {
    name: "letters",
    head: "letters seen",
    title: "Letters seen among valid samples",
    axis: "letters",
    most: 26,
    measure: (samples) => new Set(validTexts(samples).map((text) => text[0])).size,
  },
];

/** Texts of equal letters; one with fewer of them has other tokens in it. */
function validTexts({ texts, length }: MeasuredSamples): string[] {
  return texts.filter((text) => text.length === length && text === text[0]!.repeat(length));
}
