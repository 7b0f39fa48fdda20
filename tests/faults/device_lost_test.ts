/**
 * Devices that are lost, or out of memory, in the middle of a training: it ends with an error of
 * its own, and goes on with the same bits on another device. What is said of a training that is too
 * large is in tests/planning/out_of_memory_test.ts; tests/dawn_test.ts runs this file through Dawn.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import type { Config } from "../../lib/config/config.ts";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { interceptChanges } from "../testing/file_changes.ts";
import { withTinyRun } from "../testing/tiny_run.ts";
import { drawsOf, repeatBy, someOf } from "./draws.ts";
import { outcomeOf } from "./workloads.ts";

/** What can happen to a device, and what is said then. */
const HARMS: Readonly<Record<string, { harm: (gpu: Gpu) => void; says: RegExp }>> = {
  "a device that is lost": { harm: (gpu) => gpu.device.destroy(), says: /lost/ },
  "a device without memory": {
    harm: ({ device }) => {
      const error = new GPUOutOfMemoryError("none");
      device.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
    },
    says: /no memory left/,
  },
};

/**
 * Trains a run, new or not, on a device of its own, and gives the changes of files that it was
 * about to do.
 *
 * @param onChange Called before each.
 */
async function train(
  config: Config,
  run: string,
  onChange: (change: number, gpu: Gpu) => void = () => {},
): Promise<number> {
  using gpu = await Gpu.open();
  let changes = 0;
  using _intercepted = interceptChanges(({ goesOn }) => {
    if (!goesOn) onChange(changes++, gpu);
  });
  const resume = (await listCheckpoints(run)).length > 0;
  await trainRun({ gpu, config, run, resume });
  return changes;
}

for (const [name, { harm, says }] of Object.entries(HARMS)) {
  Deno.test(`trainRun() ends with an error and goes on with the same bits after ${name}`, () =>
    withTinyRun(7, async (tiny, run) => {
      const config = { ...tiny, train: { ...tiny.train, evalEvery: 3, checkpointEvery: 3 } };
      const changes = await train(config, run);
      const whole = await outcomeOf(run);
      for (const n of someOf(changes, 3, drawsOf(name))) {
        await Deno.remove(run, { recursive: true });
        const message = repeatBy(`${name}, at change ${n} of ${changes}`);
        const error = await train(config, run, (change, gpu) => change === n && harm(gpu))
          .then(() => null, (error) => error);
        if (error !== null) {
          assert(error instanceof GpuError, `${message}: ${Deno.inspect(error)}`);
          assertMatch(error.message, says, message);
        }
        // After its last checkpoint a run asks nothing of its device.
        const isAtEnd = (await listCheckpoints(run)).includes(7);
        assertEquals(error === null, isAtEnd, message);
        if (isAtEnd) continue;
        await train(config, run);
        assertEquals(await outcomeOf(run), whole, message);
      }
    }));
}
