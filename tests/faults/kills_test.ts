/**
 * Processes that are killed (SIGKILL) at drawn moments, some of them again as they go on, end with
 * the same bits and leave nothing behind. moments_test.ts has all moments of a few parts.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { withFolder } from "../testing/folder.ts";
import { IS_NIGHTLY } from "../testing/nightly.ts";
import { drawsOf, repeatBy } from "./draws.ts";
import { restoreImage, takeImage } from "./images.ts";
import type { Kill } from "./killed_program.ts";
import { doUndisturbed, goOn, outcomeOf, prepare, type Workload, WORKLOADS } from "./workloads.ts";

/** Kills of each kind of work; every night each is drawn so many times more. */
const KILLS: readonly (readonly [Workload, kills: number])[] = [
  [WORKLOADS.TRAIN, 2],
  [WORKLOADS.DISTILL, 1],
  [WORKLOADS.LEARN, 2],
  [WORKLOADS.IMPORT, 1],
  ...(IS_NIGHTLY ? [[WORKLOADS.SHARDS, 1], [WORKLOADS.EVALUATE, 1]] as const : []),
];
const ROUNDS = IS_NIGHTLY ? 5 : 1;

/**
 * Draws when a program dies: as it is about to change a file, every night also at any other time.
 */
function drawKill(draw: (bound: number) => number, moments: number, wholeMs: number): Kill {
  if (IS_NIGHTLY && draw(4) === 0) return { afterMs: draw(wholeMs) };
  return { killAt: draw(moments), torn: draw(2) === 0 };
}

for (const [work, kills] of KILLS) {
  Deno.test(`${work.name} ends with the same bits when it is killed`, () =>
    withFolder(async (temporary) => {
      const [folder, told] = [`${temporary}/work`, `${temporary}/moments.json`];
      await prepare(work, folder);
      const start = takeImage(folder);
      const { whole, moments, wholeMs } = await doUndisturbed(work, folder, told);
      const draw = drawsOf(work.name);
      for (let round = 0; round < ROUNDS; round++) {
        await restoreImage(folder, start);
        const seen: string[] = [];
        for (let killed = 0; killed < kills;) {
          // What goes on has less to do.
          const kill = drawKill(draw, Math.ceil(moments.length / (killed + 1)), wholeMs);
          const ended = await goOn(work, folder, kill);
          seen.push(`${JSON.stringify(kill)}${ended?.killed ? "" : " came too late"}`);
          if (ended?.killed) killed++;
          else await restoreImage(folder, start);
        }
        await goOn(work, folder);
        const message = repeatBy(`${work.name}, round ${round}, was killed at ${seen.join(", ")}`);
        assertEquals(await outcomeOf(folder), whole, message);
      }
    }));
}
