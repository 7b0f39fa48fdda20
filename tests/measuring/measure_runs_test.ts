/**
 * Runs that are measured one after another.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { measureRuns } from "../../tasks/measuring/measure_runs.ts";
import { LIB, startProgram } from "../testing/program.ts";

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
  return { done, measurement: { open, measure, inWords: { each: () => "" } } };
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

/** What is printed of two runs, and of a third that fails. @param inWords As a program has it. */
async function printed(inWords: string, json: boolean): Promise<string> {
  const child = startProgram(`
    import { print } from "${LIB}/cli/stdout.ts";
    import { speak } from "${LIB}/cli/voice.ts";
    import { measureRuns } from "${LIB}/../tasks/measuring/measure_runs.ts";
    speak({ json: ${json} });
    await measureRuns(["runs/a", "runs/b", "runs/c"], {
      open: () => Promise.resolve(),
      async measure(_gpu, run, _opened, show) {
        if (run === "runs/c") throw "lost";
        show({ loss: run.length });
        ${json ? "" : "print(`measured ${run}`);"}
      },
      inWords: ${inWords},
    }).catch(() => {});
  `);
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

const EACH = "{ each: ({ loss }) => `loss ${loss}` }";
const ALL = "{ all: (results) => results.map(({ run, found }) => run + found.loss).join() }";

Deno.test("measureRuns() prints one list of JSON, and words at once or in one table", async () => {
  for (const inWords of [EACH, ALL]) {
    assertEquals(JSON.parse(await printed(inWords, true)), [
      { run: "runs/a", loss: 6 },
      { run: "runs/b", loss: 6 },
    ]);
  }
  const measured = ["measured runs/a", "measured runs/b"];
  assertEquals((await printed(EACH, false)).trim().split("\n"), [
    ...["loss 6", measured[0], "loss 6", measured[1]],
  ]);
  assertEquals((await printed(ALL, false)).trim().split("\n"), [...measured, "runs/a6,runs/b6"]);
});
