/**
 * Ranks of which one is killed (SIGKILL) at a drawn moment all end, and go on to the bits of one
 * process that was never killed. Ignored without the launcher of an MPI library.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { FAMILIES, hasMpi, mpirun, outputOf } from "../testing/mpirun.ts";
import { IS_NIGHTLY } from "../testing/nightly.ts";
import { ROOT } from "../testing/program.ts";
import { assertSameRuns, finish, trainers, withRecipe } from "../testing/training.ts";
import { until } from "../testing/until.ts";
import { drawsOf, repeatBy } from "./draws.ts";

/** How often a rank is killed. */
const KILLS = IS_NIGHTLY ? 10 : 2;
/** The longest time that two ranks are left alone, in milliseconds: some of it they begin. */
const LONGEST = 4000;
/**
 * One that is killed as it begins is waited for as long, in seconds: no launcher ends the others.
 */
const TIMEOUT = { FLM_MPI_TIMEOUT: "60" };

for (const family of FAMILIES) {
  Deno.test({
    name: `ranks end with the same bits when one of them is killed (${family})`,
    ignore: !hasMpi(family),
    fn: () =>
      withRecipe(100_000, async (recipe, name) => {
        const draw = drawsOf(family);
        const [first, resumed] = [["./flm", "train", recipe], ["./flm", "train", "--resume", name]];
        const latest = () => Checkpoint.open(`${ROOT}runs/${name}`).catch(() => undefined);
        const seen: string[] = [];
        for (let killed = 0; killed < KILLS; killed++) {
          const isBegun = await latest() !== undefined;
          const child = mpirun(family, 2, isBegun ? resumed : first, TIMEOUT);
          const output = outputOf(child);
          await until(async () => (await trainers(child.pid)).length === 2, output);
          const [afterMs, rank] = [draw(LONGEST), draw(2)];
          await new Promise((resolve) => setTimeout(resolve, afterMs));
          seen.push(`rank ${rank} after ${afterMs} ms`);
          Deno.kill((await trainers(child.pid))[rank]!, "SIGKILL");
          assertNotEquals((await output).code, 0, repeatBy(seen.join(", ")));
        }
        const found = await latest();
        const numSteps = (found?.state.step ?? 0) + 3;
        const steps = ["--train.num-steps", `${numSteps}`];
        const ranks = mpirun(family, 2, [...(found === undefined ? first : resumed), ...steps]);
        const { code, stderr } = await outputOf(ranks);
        assertEquals(code, 0, stderr);
        await finish("train", recipe, ...steps, "--name", `${name}-2`);
        const step = String(numSteps).padStart(7, "0");
        await assertSameRuns(name, `${name}-2`, step).catch((cause) => {
          throw new Error(repeatBy(seen.join(", ")), { cause });
        });
      }),
  });
}
