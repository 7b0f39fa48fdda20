/**
 * What the training tasks do before they train.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { configToYaml } from "../lib/config_file.ts";
import { DataError } from "../lib/errors.ts";
import { readTraining, type TrainingFlags } from "../tasks/training.ts";
import { withTinyRun } from "./testing/tiny_run.ts";

const FLAGS: TrainingFlags = { config: null, resume: null, profile: false, dumpWgsl: false };

Deno.test("readTraining() notices that the text has changed since, and that it is gone", () =>
  withTinyRun(1, async (config, run) => {
    const { source, dir } = config.data;
    if (source.kind !== "file") throw new TypeError("expected a file");
    await Deno.mkdir(run);
    await Deno.writeTextFile(`${run}/config.yaml`, configToYaml(config));
    const begin = () => readTraining({ ...FLAGS, config: `${run}/config.yaml` }, {});
    assertEquals((await begin()).config, config);

    await Deno.writeTextFile(source.path, "another text\n", { append: true });
    await assertRejects(
      begin,
      DataError,
      `The text of data.source has changed since the shards in ${dir} were made`,
    );
    // A run that has begun goes on with its shards, and a machine that has only these needs no text.
    assertEquals((await readTraining({ ...FLAGS, resume: run }, {})).run, run);
    await Deno.remove(source.path);
    assertEquals((await begin()).config, config);
  }));
