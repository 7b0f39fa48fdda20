/**
 * Trainings over a network: two hosts in namespaces of their own. Ignored without the launcher of
 * an MPI library, and where this process may not make namespaces, as root may. Networks take
 * minutes to give a host up: it is done by night (`FLM_NIGHTLY=1`).
 */

import { assert, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import type { LibraryFamily } from "../../lib/dist/launcher.ts";
import { FAMILIES, hasMpi, outputOf } from "../testing/mpirun.ts";
import { IS_NIGHTLY } from "../testing/nightly.ts";
import { ROOT } from "../testing/program.ts";
import { firstCheckpoint, withRecipe } from "../testing/training.ts";
import { until } from "../testing/until.ts";
import { canHaveHosts, TwoHosts } from "../testing/two_hosts.ts";

const ignore = !IS_NIGHTLY || !canHaveHosts();

/** A rank that trains. The second speaks into a file: its launcher hears nothing of its host. */
const RANK = `[ "$PMI_RANK$OMPI_COMM_WORLD_RANK" = 0 ] || exec 2>"\${0%/*}/rank-1.txt"
exec ./flm train "$@"`;

/**
 * Cuts the second host off in the middle of a training.
 *
 * @param waitsForIt Whether the first host has sent all that it can when that happens. Then nothing
 * of its own is unanswered, and its library looks after the connection by itself.
 */
const cutOff = (family: LibraryFamily, waitsForIt: boolean) =>
  withRecipe(100_000, async (recipe, name) => {
    using hosts = new TwoHosts();
    const folder = dirname(recipe);
    await Deno.writeTextFile(`${folder}/rank.sh`, RANK);
    const command = ["sh", `${folder}/rank.sh`, recipe, "--train.checkpoint-every", "1"];
    const output = outputOf(hosts.mpirun(family, command, { FLM_MPI_TIMEOUT: "40" }));
    await firstCheckpoint(name, output);
    const held = waitsForIt ? hosts.processes([2]) : [];
    for (const pid of held) Deno.kill(pid, "SIGSTOP");
    if (waitsForIt) await new Promise((resolve) => setTimeout(resolve, 1000));
    hosts.cut();
    for (const pid of held) Deno.kill(pid, "SIGCONT");
    const { code, stderr } = await output;
    assertNotEquals(code, 0);
    const stopped = (rank: number) =>
      `error: Rank ${rank} stopped: there was no answer within 40 seconds.`;
    assertStringIncludes(stderr, stopped(1));
    // The other host is told by nobody.
    await until(() => Promise.resolve(hosts.processes().length === 0));
    assertStringIncludes(await Deno.readTextFile(`${folder}/rank-1.txt`), `rank 1: ${stopped(0)}`);
    assert((await Checkpoint.open(`${ROOT}runs/${name}`)).state.step >= 1);
  });

for (const family of FAMILIES) {
  for (const [when, waitsForIt] of [["", false], [" that is waited for", true]] as const) {
    Deno.test({
      name:
        `all ranks end when a host${when} is cut off, and the last checkpoint is whole (${family})`,
      ignore: ignore || !hasMpi(family),
      fn: () => cutOff(family, waitsForIt),
    });
  }
}
