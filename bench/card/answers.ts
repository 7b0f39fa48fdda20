/**
 * Known answers: those that the doctor asks for, and every variant of the product.
 *
 * @module
 */

import { checkVariants } from "../../lib/ops/known_answers.ts";
import { examineBackend } from "../../tasks/doctor/examine_backend.ts";
import { isRight } from "../../tasks/doctor/report.ts";
import type { CardSection } from "./section_types.ts";

/** What variants are called in the report, before their own names. */
export const VARIANT = "product, ";

/** The section. */
export const answers: CardSection = {
  title: "Known answers",
  weight: 1.2,
  items: ({ gpu, backend, tell }) => [
    {
      name: "variants of the product",
      async run() {
        for (const { variant, error, isRight } of await checkVariants(gpu)) {
          tell({ event: "answer", name: VARIANT + variant, error: numberOf(error), isRight });
        }
      },
    },
    {
      name: "doctor",
      async run() {
        const report = await examineBackend(backend);
        tell({ event: "adapter", report });
        for (const answer of report.adapter?.answers ?? []) {
          const { name, error } = answer;
          tell({ event: "answer", name, error: numberOf(error), isRight: isRight(answer) });
        }
      },
    },
  ],
};

/** JSON has no NaN. */
function numberOf(error: number): number | null {
  return Number.isFinite(error) ? error : null;
}
