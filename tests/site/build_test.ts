import { assert, assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { SHOWCASE } from "../../lib/sampling/showcase.ts";
import { buildSite } from "../../tasks/site/build.ts";
import { findModel } from "../../tasks/site/model_files.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

/** The paths of the files below a folder, sorted. */
async function filesBelow(folder: string, inside = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) paths.push(...await filesBelow(path, `${inside}${name}/`));
    else paths.push(inside + name);
  }
  return paths.sort();
}

gpuTest(
  "buildSite() makes a site whose page and service worker name its files",
  (gpu) =>
    withFolder(async (folder) => {
      const checkpoint = await writeTinyCheckpoint(gpu, `${folder}/run`, { kind: "semigroup" });
      await Deno.writeTextFile(`${checkpoint}/README.md`, "Tiny\n");
      const { modelBytes } = await buildSite(
        `${folder}/dist/site`,
        await findModel(`${folder}/run`),
      );
      const files = await filesBelow(`${folder}/dist/site`);
      assertEquals(files.map((name) => name.replace(/\.[\da-f]{10}(?=[./])/, "")), [
        "icon.svg",
        "index.html",
        "model/README.md",
        "model/ema.safetensors",
        "model/state.json",
        "model/teacher.safetensors",
        "page.js",
        "style.css",
        "sw.js",
        "worker.js",
      ]);
      const page = await Deno.readTextFile(`${folder}/dist/site/index.html`);
      const program = await Deno.readTextFile(`${folder}/dist/site/sw.js`);
      const named = files.filter((name) => !["index.html", "sw.js"].includes(name));
      for (const name of named) {
        const [top, ...below] = name.split("/");
        assert(page.includes(`"${top}${below.length > 0 ? "/" : ""}"`), `${name} in index.html`);
      }
      const [, kept] = /^const KEPT = (.*);$/m.exec(program)!;
      assertEquals({ ...JSON.parse(kept!), named: JSON.parse(kept!).named.sort() }, {
        page: "./",
        named,
      });
      assert(page.includes(`data-model-bytes="${modelBytes}"`));
      assert(page.includes('<option value="">run</option>'), "the model's name");
    }),
);

gpuTest(
  "buildSite() gives a file the same name as long as it is the same",
  (gpu) =>
    withFolder(async (folder) => {
      const site = `${folder}/site`;
      const [one, two] = [1, 2].map((seed) => `${folder}/run-${seed}`);
      for (const [i, run] of [one!, two!].entries()) {
        await writeTinyCheckpoint(gpu, run, { seed: i });
      }
      const build = async (run: string) => {
        await buildSite(site, await findModel(run));
        return await filesBelow(site);
      };
      const first = await build(one!);
      assertEquals(await build(one!), first);
      const other = await build(two!);
      const isOfModel = (name: string) => name.startsWith("model.");
      assertEquals(
        other.filter((name) => !isOfModel(name)),
        first.filter((name) => !isOfModel(name)),
      );
      assertEquals(other.filter(isOfModel).filter((name) => first.includes(name)), []);
    }),
);

gpuTest(
  "findModel() calls a model by its run, or by the folder that it lies in",
  (gpu) =>
    withFolder(async (folder) => {
      const checkpoint = await writeTinyCheckpoint(gpu, `${folder}/tiny-distill`, { kind: "psd" });
      for (const location of [`${folder}/tiny-distill`, checkpoint]) {
        assertEquals((await findModel(location)).name, "tiny-distill");
      }
      assertEquals((await findModel(SHOWCASE)).name, "showcase");
    }),
);

gpuTest("findModel() refuses a model that writes no text", (gpu) =>
  withFolder(async (folder) => {
    await writeTinyCheckpoint(gpu, `${folder}/run`, { kind: "ar" });
    await assertRejects(() => findModel(`${folder}/run`), FlmError, "does not write text");
  }));
