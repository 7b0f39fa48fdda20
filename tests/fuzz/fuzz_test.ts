/**
 * Readers of foreign files, tried with damaged ones: some at every test, and many by
 * `FLM_NIGHTLY=1`.
 *
 * @module
 */

import { IS_NIGHTLY } from "../testing/nightly.ts";
import { fuzz } from "./fuzz.ts";
import { SUBJECTS } from "./subjects.ts";

/** Inputs that each subject has by night, and at every test. */
const [MANY, SOME] = [10_000, 150];

/** Those that have others at every test: readers that take microseconds, and one with a thread. */
const OTHERS: Readonly<Record<string, number>> = {
  "pickle": 6000,
  "zip": 3000,
  "torch-pickle": 2500,
  "torch": 2500,
  "parquet-thread": 30,
};

/** Those that have others by night: a thread that a thread starts takes Deno a second. */
const OTHERS_BY_NIGHT: Readonly<Record<string, number>> = { "parquet-thread": 500 };

for (const subject of Object.keys(SUBJECTS)) {
  const count = IS_NIGHTLY ? OTHERS_BY_NIGHT[subject] ?? MANY : OTHERS[subject] ?? SOME;
  Deno.test(`${count} damaged files of ${subject} are read or end in an error of ours`, async () => {
    await fuzz(subject, count);
  });
}
