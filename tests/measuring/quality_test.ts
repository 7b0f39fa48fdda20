/**
 * The task that compares texts with real text, as a person calls it.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { deno } from "../testing/program.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { makeShards, tinyConfig } from "../testing/tiny_run.ts";

gpuTest(
  "quality shows real text and each way to draw texts, measured alike",
  (gpu) =>
    withFolder(async (folder) => {
      const config = tinyConfig(folder, 1);
      await makeShards(config);
      const { data } = config;
      await writeTinyCheckpoint(gpu, `${folder}/flm`, { data });
      await writeTinyCheckpoint(gpu, `${folder}/psd`, { data, kind: "psd" });
      await writeTinyCheckpoint(gpu, `${folder}/ar`, { data, kind: "ar" });
      const quality = (run: string, ...more: string[]) =>
        deno([
          ...[
            "run",
            "--quiet",
            "--no-prompt",
            "-P=measure",
            "tasks/quality.ts",
            `${folder}/${run}`,
          ],
          ...["--judge", `${folder}/ar`, "--num-samples", "3", ...more],
        ]);
      const flm = await quality("flm", "--steps", "1,2", "--temperature", "0.5,1");
      assertEquals(flm.code, 0, flm.stderr);
      const [head, real, ...rows] = flm.stdout.trimEnd().split("\n");
      assertMatch(head!, /^texts +perplexity .* distinct$/);
      assertMatch(real!, /^real text .* 100\.0 %/);
      const titles = rows.slice(0, -1).map((row) => row.split(/ {2,}/)[0]);
      assertEquals(titles, [
        "1 step, temperature 0.5",
        "1 step",
        "2 steps, temperature 0.5",
        "2 steps",
      ]);
      assertStringIncludes(rows.at(-1)!, `The judge is ${folder}/ar`);
      const psd = await quality("psd", "--steps", "1", "--gamma", "0,1");
      assertEquals(psd.code, 0, psd.stderr);
      assertMatch(psd.stdout, /\n1 step, gamma 0 .*\n1 step, gamma 1 /);
      const refused = await quality("flm", "--gamma", "1");
      assertEquals([refused.code, refused.stdout], [1, ""]);
      assertStringIncludes(refused.stderr, "--gamma is for denoiser flow maps");
    }),
);
