/**
 * Runs that are measured one after another.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { measureRuns } from "../../tasks/measuring/measure_runs.ts";

/** Notes what is done, in order; `bad` cannot be opened. */
function recorder() {
  const done: string[] = [];
  const open = (run: string) => {
    done.push(`open ${run}`);
    return run === "bad" ? Promise.reject(new DataError("damaged")) : Promise.resolve(`<${run}>`);
  };
  const measure = (_gpu: unknown, run: string, opened: string) => {
    done.push(`measure ${run} ${opened}`);
    return Promise.resolve();
  };
  return { done, measurement: { open, measure } };
}

Deno.test("measureRuns() measures runs in order, after all have been opened", async () => {
  const { done, measurement } = recorder();
  await measureRuns(["a", "b"], measurement);
  assertEquals(done, ["open a", "open b", "measure a <a>", "measure b <b>"]);
});

Deno.test("measureRuns() measures none if one cannot be", async () => {
  const { done, measurement } = recorder();
  await assertRejects(() => measureRuns(["a", "bad", "b"], measurement), DataError, "damaged");
  assertEquals(done, ["open a", "open bad"]);
});
