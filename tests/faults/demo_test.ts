/**
 * A demo that is cut off in each of its stages: begun again, it goes on there, does nothing again
 * that was done, and comes to the same.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../testing/folder.ts";
import { descendants } from "../testing/program.ts";
import { drawsOf, repeatBy } from "./draws.ts";
import { restoreImage, takeImage } from "./images.ts";
import { type Fate, runKilled } from "./killed_program.ts";
import { anew, doUndisturbed, outcomeOf, prepare } from "./workloads.ts";

/** What a demo writes to, one after another. */
const DEMO_STAGES = [
  "shards/tiny",
  "runs/tiny/checkpoints",
  "runs/tiny-distill/checkpoints",
  "runs/tiny-ar/checkpoints",
  "samples.json",
];

/** The trainings of a demo: their bars, and the runs that they make. */
const DEMO_TRAININGS = { "train": "tiny", "distill": "tiny-distill", "train-ar": "tiny-ar" };

const DEMO = anew(
  [],
  "demo",
  ...["--config", "tiny.yaml", "--sampling.num-steps", "1,2", "--sampling.num-samples", "3"],
);

const STATUSES = { SIGINT: 130, SIGKILL: 137 } as const;

Deno.test("demo goes on where it was cut off in each of its stages", () =>
  withFolder(async (temporary) => {
    const [folder, told] = [`${temporary}/work`, `${temporary}/moments.json`];
    await prepare(DEMO, folder);
    const start = takeImage(folder);
    const { whole, moments } = await doUndisturbed(DEMO, folder, told);
    await restoreImage(folder, start);
    const command = (await DEMO.command(folder))!;
    const draw = drawsOf("demo");
    const goOn = async (fate: Fate, status: number) => {
      const before = await outcomeOf(folder);
      const trained = Object.entries(DEMO_TRAININGS).filter(([, run]) =>
        before[`runs/${run}/latest.json`] === whole[`runs/${run}/latest.json`]
      );
      const { code, output } = await runKilled(command, folder, fate);
      const message = `${repeatBy(JSON.stringify(fate))}\n${output}`;
      assertEquals(code, status, message);
      assert(!output.includes("error:"), message);
      const again = trained.filter(([bar]) => new RegExp(`^${bar} \\d`, "m").test(output));
      assertEquals(again, [], message);
      assertEquals(await descendants(Deno.pid), [], message);
    };
    for (const within of DEMO_STAGES) {
      const signal = draw(2) === 0 ? "SIGINT" : "SIGKILL";
      const killAt = draw(moments.filter(({ path }) => path.includes(within)).length);
      await goOn({ killAt, within, signals: [signal] }, STATUSES[signal]);
    }
    await goOn({}, 0);
    assertEquals(await outcomeOf(folder), whole, repeatBy("demo"));
  }));
