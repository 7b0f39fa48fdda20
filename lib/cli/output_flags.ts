/**
 * The flags that say how much a program says, and to whom.
 *
 * @module
 */

import { boolean } from "../schema/field.ts";
import { inGroup } from "./flag_group.ts";

/** Of every program. */
export const QUIET_FLAG = inGroup("output", {
  quiet: boolean({
    doc: "Say nothing but results and errors: no progress, no notes.",
    fallback: false,
  }),
});

/** Of programs that have a result: what `printResult()` prints. */
export const JSON_FLAG = inGroup("output", {
  json: boolean({
    doc: "Print the result as JSON, and nothing else on standard output.",
    fallback: false,
  }),
});
