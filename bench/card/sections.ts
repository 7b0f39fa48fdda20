/**
 * All that is measured of a card, in the order of the report.
 *
 * @module
 */

import { answers } from "./answers.ts";
import { attention } from "./attention.ts";
import { kernelTests } from "./kernel_tests.ts";
import { peaks } from "./peaks.ts";
import { products } from "./products.ts";
import { sampling } from "./sampling.ts";
import type { CardSection } from "./section_types.ts";
import { training } from "./training.ts";

/** The sections by name. */
export const SECTIONS = {
  answers,
  peaks,
  products,
  attention,
  training,
  sampling,
  tests: kernelTests,
} as const satisfies Record<string, CardSection>;

/** The name of a section. */
export type SectionName = keyof typeof SECTIONS;

/** The names, in order. */
export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];
