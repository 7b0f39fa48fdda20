/**
 * The tasks that import and export, and those that take models that are no runs, as people run
 * them: with the permissions of deno.json.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { resultsFolder } from "../../tasks/measuring/measured_run.ts";
import { exists } from "../../lib/system/exists.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { deno, type Outcome } from "../testing/program.ts";
import { serveFolders } from "../testing/static_server.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { makeShards, tinyConfig } from "../testing/tiny_run.ts";

const CKPT = "tests/golden/ckpt";

/** Runs a task's program with the task's own set of permissions. */
function task(
  set: string,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const run = ["run", "--quiet", "--no-prompt", `-P=${set}`];
  const out = args[args.indexOf("--out") + 1];
  // People call it from the folder that they name.
  const own = set === "export" ? [`--allow-write=${dirname(out!)}`] : [];
  return deno([...run, ...own, `tasks/${program}.ts`, ...args], { env });
}

/** Runs a test with the name of a run that there is not, which is removed at the end. */
async function withRun(test: (name: string) => Promise<void>): Promise<void> {
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await test(name);
  } finally {
    await Deno.remove(`runs/${name}`, { recursive: true }).catch(() => {});
  }
}

Deno.test("import makes a run, which export gives back as a file and as a folder", () =>
  withFolder((folder) =>
    withRun(async (name) => {
      const missing = await task("import", "import", ["no-such.ckpt", "--name", name]);
      assertEquals(missing.code, 1);
      assertStringIncludes(
        missing.stderr,
        "error: Cannot read no-such.ckpt: there is no such file or folder; check the path",
      );

      const source = `${CKPT}/tiny_fmlm_compiled.ckpt`;
      const args = [source, "--name", name, "--tokenizer", "ids"];
      const made = await task("import", "import", args);
      assertEquals(made.code, 0, made.stderr);
      assertEquals(
        made.stdout,
        `denoiser flow map in runs/${name}/checkpoints/0001234\n` +
          `Write with it: deno task sample ${name}\n`,
      );
      assertStringIncludes(
        made.stderr,
        `Note: ${source} does not say whether its logits are capped: the cap of 30`,
      );
      const run = await openModel(`runs/${name}`);
      assertEquals(run.state.imported!.sha256?.length, 64);

      const again = await task("import", "import", args);
      assertEquals(again.code, 1);
      assertStringIncludes(
        again.stderr,
        `error: There is a run runs/${name} already. Give another name by --name NAME, or remove it.`,
      );
      const resumed = await task("train", "train", ["--resume", name]);
      assertEquals(resumed.code, 1);
      assertStringIncludes(resumed.stderr, "without the state of its optimizer");

      // Its folder is made, unless nothing is written.
      const none = [name, "--to", "huggingface", "--out", `${folder}/none/hub`];
      const failed = await task("export", "export", [...none, "--weights", "ema:0.123"]);
      assertEquals([failed.code, await exists(`${folder}/none`)], [1, false], failed.stderr);
      const file = `${folder}/exports/a.ckpt`;
      const written = await task("export", "export", [name, "--to", "reference", "--out", file]);
      assertEquals([written.code, written.stdout], [0, `Written: ${file}\n`], written.stderr);
      const hub = `${folder}/hub`;
      const to = [name, "--to", "huggingface", "--out", hub];
      assertEquals((await task("export", "export", [...to, "--dtype", "f16"])).code, 0);
      const twice = await task("export", "export", to);
      assertStringIncludes(twice.stderr, `error: There is ${hub} already.`);
      assertEquals((await task("export", "export", [...to, "--overwrite"])).code, 0);
      for (const each of [file, hub]) {
        const model = await openModel(each);
        assertEquals(await model.identity("ema"), await run.identity("ema"), each);
      }
      const idle = await task("export", "export", [
        ...[name, "--to", "reference", "--out", `${folder}/b.ckpt`, "--dtype", "f16"],
      ]);
      assertStringIncludes(idle.stderr, "--dtype: is for --to huggingface. Leave it out.");
      assertEquals(await exists(`${folder}/b.ckpt`), false);
    })
  ));

gpuTest(
  "sample takes files, folders, addresses and names on the hub, all with the same texts",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`);
      for (const [to, out] of [["reference", "a.ckpt"], ["huggingface", "hub"]] as const) {
        const args = [`${folder}/run`, "--to", to, "--out", `${folder}/${out}`];
        const { code, stderr } = await task("export", "export", args);
        assertEquals(code, 0, stderr);
      }
      await using server = serveFolders({
        "/hub/me/mine/resolve/main": `${folder}/hub`,
        "/": folder,
      }, { ranges: true });
      const env = { HF_ENDPOINT: `${server.origin}/hub` };
      const texts = new Set<string>();
      const sources = [
        ...["run", "a.ckpt", "hub"].map((each) => `${folder}/${each}`),
        ...["run", "a.ckpt", "hub"].map((each) => `${server.origin}/${each}`),
        "hf:me/mine",
      ];
      for (const source of sources) {
        const args = [source, "--steps", "2", "--seed", "5", "--json"];
        const { code, stdout, stderr } = await task("sample", "sample", args, env);
        assertEquals(code, 0, stderr);
        assert(!stderr.includes("Note:"), stderr);
        texts.add(stdout);
      }
      assertEquals(texts.size, 1);
    }),
);

gpuTest(
  "evaluate and eval-ppl measure models that are no runs",
  (gpu) =>
    withFolder(async (folder) => {
      const config = tinyConfig(folder, 3);
      await makeShards(config);
      await writeTinyCheckpoint(gpu, `${folder}/run`, { data: config.data });
      const file = `${folder}/measured.ckpt`;
      const args = [`${folder}/run`, "--to", "reference", "--out", file];
      assertEquals((await task("export", "export", args)).code, 0);
      const results = resultsFolder(file);
      try {
        const few = ["--steps", "1,2", "--num-samples", "2"];
        const evaluated = await task("measure", "evaluate", [file, ...few]);
        assertEquals(evaluated.code, 0, evaluated.stderr);
        assertStringIncludes(evaluated.stdout, `Texts in ${results}/evaluation.json`);
        const listed = await task("measure", "evaluate", [file, ...few, "--json"]);
        assertEquals(listed.code, 0, listed.stderr);
        const [{ run, results: found }, ...more] = JSON.parse(listed.stdout);
        assertEquals([run, found.length, more.length], [file, 2, 0]);
        const blocks = ["--num-blocks", "4", "--num-times", "4"];
        const measured = await task("measure", "eval_ppl", [file, ...blocks]);
        assertEquals(measured.code, 0, measured.stderr);
        assertStringIncludes(
          measured.stdout,
          `${file}: 4 blocks at 4 times, 16 samples in all; --num-blocks and --num-times `,
        );
        // It counts the same, though all are one pass.
        assertMatch(measured.stderr, /16 samples in/);
        assert(await exists(`${results}/eval-ppl.json`));
        const { checkpoint } = JSON.parse(await Deno.readTextFile(`${results}/eval-ppl.json`));
        // It is that of the run, whose weights they are.
        const own = JSON.parse(await Deno.readTextFile(`${results}/evaluation.json`));
        assertEquals(own.checkpoint, checkpoint);
      } finally {
        await Deno.remove(results, { recursive: true }).catch(() => {});
      }
    }),
);
