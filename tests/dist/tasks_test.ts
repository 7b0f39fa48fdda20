/**
 * Tasks that write, measure and preprocess, as people start them by the launcher of an MPI library:
 * the ranks give what one process gives. Ignored where it is missing.
 */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { configToYaml } from "../../lib/config/config_file.ts";
import type { LibraryFamily } from "../../lib/dist/launcher.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { alone, FAMILIES, hasMpi, mpirun, outputOf } from "../testing/mpirun.ts";
import { ROOT } from "../testing/program.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { makeShards, tinyConfig } from "../testing/tiny_run.ts";

/** Runs a test with the name of a run, and of more runs of its kind, that are removed. */
function runTest(
  name: string,
  test: (family: LibraryFamily, run: string) => Promise<void>,
  families: readonly LibraryFamily[] = FAMILIES,
): void {
  for (const family of families) {
    Deno.test({
      name: `${name} (${family})`,
      ignore: !hasMpi(family),
      async fn() {
        const run = `test-${crypto.randomUUID().slice(0, 8)}`;
        const folder = await Deno.makeTempDir();
        const config = tinyConfig(folder, 1);
        try {
          await makeShards(config);
          const { data } = config;
          using gpu = await Gpu.open();
          for (const [name, kind] of [["", "flm"], ["-alone", "flm"], ["-ar", "ar"]] as const) {
            await writeTinyCheckpoint(gpu, `${ROOT}runs/${run}${name}`, { kind, data });
          }
          await test(family, run);
        } finally {
          for (const name of ["", "-alone", "-ar"]) {
            await Deno.remove(`${ROOT}runs/${run}${name}`, { recursive: true }).catch(() => {});
          }
          await Deno.remove(folder, { recursive: true });
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

/** What was written into a run's folder, but for its checkpoints, by paths. */
async function resultsOf(run: string): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  const look = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(`${ROOT}runs/${run}${folder}`)) {
      if (isDirectory && name !== "checkpoints") await look(`${folder}/${name}`);
      if (!isDirectory) {
        const text = await Deno.readTextFile(`${ROOT}runs/${run}${folder}/${name}`);
        results[`${folder}/${name}`] = text.replaceAll(`runs/${run}\n`, "runs/RUN\n");
      }
    }
  };
  await look("");
  return results;
}

runTest("two ranks measure what one process measures", async (family, run) => {
  const drawing = ["--steps", "1,2", "--num-samples", "5", "--batch-size", "2"];
  const judge = ["--judge", `${run}-ar`];
  const measure: Readonly<Record<string, readonly string[]>> = {
    evaluate: drawing,
    "eval-ppl": ["--num-blocks", "3", "--num-times", "5", "--batch-size", "4"],
    "gen-ppl": [...drawing, ...judge, "--batch-tokens", "24"],
    quality: [...drawing, ...judge],
  };
  for (const [task, flags] of Object.entries(measure)) {
    const found = await asRanks(family, task, run, ...flags);
    const expected = await alike(task, `${run}-alone`, ...flags);
    const words = (text: string) => text.replaceAll(/runs\/test-\w+(-alone)?\b|[- ]+/g, " ");
    assertEquals(words(found.stdout), words(expected.stdout));
  }
  const results = await resultsOf(run);
  assertEquals(results, await resultsOf(`${run}-alone`));
  assertEquals(
    ["/eval-ppl.json", "/evaluation.json", `/gen-ppl/${run}-ar/results.json`]
      .filter((path) => !(path in results)),
    [],
  );
}, FAMILIES.filter(hasMpi).slice(0, 1));

Deno.test({
  name: "two ranks make the shards of one process",
  ignore: !FAMILIES.some(hasMpi),
  async fn() {
    const family = FAMILIES.find(hasMpi)!;
    const name = `test-${crypto.randomUUID().slice(0, 8)}`;
    const folder = await Deno.makeTempDir();
    const config = tinyConfig(folder, 1);
    try {
      // Several batches of text.
      const lines = Array.from(
        { length: 9000 },
        (_, i) => `${"the hen ".repeat(i % 31)}number ${i}`,
      );
      await Deno.writeTextFile(`${folder}/corpus.txt`, lines.join("\n\n"));
      await Deno.writeTextFile(`${folder}/tiny.yaml`, await configToYaml(config));
      const learned = ["--data.tokenizer", "bpe", "--data.vocab-size", "280"];
      for (const [kind, flags] of [["text8", []], ["bpe", learned]] as const) {
        const make = (dir: string) => [`${folder}/tiny.yaml`, ...flags, "--data.dir", dir];
        const [dir, other] = [`shards/${name}-${kind}`, `shards/${name}-${kind}-alone`];
        const { stdout } = await asRanks(family, "preprocess", ...make(dir), "--workers", "1");
        assertEquals(stdout.match(/^Wrote the shards to /gm)?.length, 1);
        await alike("preprocess", ...make(other), "--workers", "0");
        const files = async (dir: string) =>
          (await Array.fromAsync(Deno.readDir(`${ROOT}${dir}`))).map(({ name }) => name).sort();
        assertEquals(await files(dir), await files(other));
        for (const file of await files(dir)) {
          const [found, expected] = await Promise.all(
            [dir, other].map((each) => Deno.readFile(`${ROOT}${each}/${file}`)),
          );
          assert(found!.every((byte, i) => byte === expected![i]), `${kind} ${file}`);
          assertEquals(found!.length, expected!.length);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
      for (const kind of ["text8", "text8-alone", "bpe", "bpe-alone"]) {
        await Deno.remove(`${ROOT}shards/${name}-${kind}`, { recursive: true }).catch(() => {});
      }
    }
  },
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
