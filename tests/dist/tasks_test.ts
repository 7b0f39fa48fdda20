/**
 * Tasks that write, measure and preprocess, as people start them by the launcher of an MPI library:
 * the ranks give what one process gives. Ignored where it is missing.
 */

import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { LibraryFamily } from "../../lib/dist/launcher.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { alone, FAMILIES, hasMpi, mpirun, outputOf } from "../testing/mpirun.ts";
import { ROOT } from "../testing/program.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

/** Runs a test with the name of a run that is removed. */
function runTest(
  name: string,
  test: (family: LibraryFamily, run: string) => Promise<void>,
): void {
  for (const family of FAMILIES) {
    Deno.test({
      name: `${name} (${family})`,
      ignore: !hasMpi(family),
      async fn() {
        const run = `test-${crypto.randomUUID().slice(0, 8)}`;
        try {
          using gpu = await Gpu.open();
          await writeTinyCheckpoint(gpu, `${ROOT}runs/${run}`);
          await test(family, run);
        } finally {
          await Deno.remove(`${ROOT}runs/${run}`, { recursive: true });
        }
      },
    });
  }
}

/** What two ranks say, or one process. */
async function said(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await outputOf(child);
  assertEquals(code, 0, stderr);
  return { stdout, stderr };
}

const asRanks = (family: LibraryFamily, task: string, ...args: string[]) =>
  said(mpirun(family, 2, ["./flm", task, ...args]));

const alike = (task: string, ...args: string[]) => said(alone(task, ...args));

runTest("two ranks write the texts of one process, and rank 0 speaks", async (family, run) => {
  const flags = [run, "--num-samples", "5", "--steps", "2", "--batch-size", "2", "--json"];
  const found = await asRanks(family, "sample", ...flags);
  assertEquals(found.stdout, (await alike("sample", ...flags)).stdout);
  assertEquals(found.stderr.match(/^FLM of .*at step/gm)?.length, 1);
});

runTest("ranks that would write different texts do not begin", async (family, run) => {
  const flags = `sample ${run} --seed "$PMI_RANK$OMPI_COMM_WORLD_RANK"`;
  const { code, stderr } = await outputOf(mpirun(family, 2, ["sh", "-c", `./flm ${flags}`]));
  assertNotEquals(code, 0);
  assertStringIncludes(
    stderr,
    "error: Rank 1 differs from rank 0 in texts.seed: expected 0, found 1.",
  );
});
