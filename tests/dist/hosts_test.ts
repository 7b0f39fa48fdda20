/**
 * Trainings over a network: two hosts in namespaces of their own. Ignored without the launcher of an
 * MPI library, and where this process may not make namespaces, as root may. Networks take minutes to
 * give a host up: it is done by night (`FLM_NIGHTLY=1`).
 */

import { assert, assertNotEquals, assertStringIncludes } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { FAMILIES, hasMpi, outputOf } from "../testing/mpirun.ts";
import { IS_NIGHTLY } from "../testing/nightly.ts";
import { ROOT } from "../testing/program.ts";
import { firstCheckpoint, until, withRecipe } from "../testing/training.ts";
import { canHaveHosts, TwoHosts } from "../testing/two_hosts.ts";

const ignore = !IS_NIGHTLY || !canHaveHosts();

for (const family of FAMILIES) {
  Deno.test({
    name: `all ranks end when a host is cut off, and the last checkpoint is whole (${family})`,
    ignore: ignore || !hasMpi(family),
    fn: () =>
      withRecipe(100_000, async (recipe, name) => {
        using hosts = new TwoHosts();
        const env = { FLM_MPI_TIMEOUT: "40" };
        const output = outputOf(
          hosts.mpirun(family, ["./flm", "train", recipe, "--train.checkpoint-every", "1"], env),
        );
        await firstCheckpoint(name, output);
        hosts.cut();
        const { code, stderr } = await output;
        assertNotEquals(code, 0);
        assertStringIncludes(
          stderr,
          "error: Rank 1 stopped: there was no answer within 40 seconds.",
        );
        // The other host is told by nobody.
        await until(() => Promise.resolve(hosts.processes().length === 0));
        assert((await Checkpoint.open(`${ROOT}runs/${name}`)).state.step >= 1);
      }),
  });
}
