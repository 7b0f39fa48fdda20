/**
 * `deno task plan`, as a person calls it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { configToYaml } from "../lib/config/config_file.ts";
import { withFolder } from "./testing/folder.ts";
import { deno } from "./testing/program.ts";
import { tinyConfig } from "./testing/tiny_run.ts";

Deno.test("plan needs neither a device nor shards, and refuses sizes that are none", () =>
  withFolder(async (folder) => {
    const file = `${folder}/tiny.yaml`;
    await Deno.writeTextFile(file, await configToYaml(tinyConfig(folder, 7)));
    const plan = (...args: string[]) => deno(["task", "--quiet", "plan", file, ...args]);
    const { code, stdout, stderr } = await plan(
      "--json",
      "--gpu-memory",
      "1GB",
      "--model.num-blocks=2",
    );
    assertEquals([code, stderr], [0, ""]);
    const { trainings, gpuMemory } = JSON.parse(stdout);
    assertEquals([gpuMemory, trainings.length, trainings[0].plan.numSteps], [1e9, 2, 7]);
    assert(trainings[0].plan.held > 0);

    const wrong = await plan("--gpu-memory", "80 gigs");
    assertEquals([wrong.code, wrong.stdout], [1, ""]);
    assertStringIncludes(
      wrong.stderr,
      '--gpu-memory: expected a size above 0 with its unit, such as 80GB, 80GiB or 24G, found "80 gigs".',
    );
  }));
