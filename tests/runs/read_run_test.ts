/**
 * What the training tasks are told.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { basename } from "node:path";
import { configToYaml } from "../../lib/config/config_file.ts";
import { CheckpointError, ConfigError, DataError } from "../../lib/errors.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { readRun, TRAINING_FLAGS, type TrainingFlags } from "../../tasks/runs/read_run.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const FLAGS: TrainingFlags = {
  config: null,
  resume: null,
  step: null,
  autotune: false,
  logger: null,
  profile: false,
  dumpWgsl: false,
  backend: null,
};

Deno.test("--step takes the number of a step", () => {
  const { expected, metavar } = TRAINING_FLAGS.step;
  assertEquals([expected, metavar], ["an integer of at least 0", "STEP"]);
});

Deno.test("readRun() notices that the text has changed since, and that it is gone", () =>
  withTinyRun(1, async (config, run) => {
    const { source, dir } = config.data;
    if (source.kind !== "file") throw new TypeError("expected a file");
    await Deno.mkdir(run);
    await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(config));
    const begin = () => readRun({ ...FLAGS, config: `${run}/config.yaml` }, {});
    assertEquals((await begin()).config, config);

    await Deno.writeTextFile(source.path, "another text\n", { append: true });
    await assertRejects(
      begin,
      DataError,
      `The text of data.source has changed since the shards in ${dir} were made`,
    );
    // A run that has begun goes on with its shards, and a machine that has only these needs no
    // text.
    assertEquals((await readRun({ ...FLAGS, resume: run }, {})).run, run);
    await Deno.remove(source.path);
    assertEquals((await begin()).config, config);
  }));

Deno.test("readRun() refuses keys that a resumed run does not heed", () =>
  withTinyRun(1, async (config, run) => {
    await Deno.mkdir(run);
    const distill = { ...config.distill, train: { ...config.distill.train, numSteps: 10 } };
    await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml({ ...config, distill }));
    const resume = (key: string, kind?: string) =>
      readRun(
        { ...FLAGS, resume: run },
        { [key]: "12" },
        kind === undefined ? null : () => methodOf(kind),
      );
    await assertRejects(
      () => resume("train.num-steps", "psd"),
      ConfigError,
      "train.numSteps changes nothing here, since distill.train.numSteps is 10. Set it by " +
        "--distill.train.num-steps.",
    );
    assertEquals((await resume("distill.train.num-steps", "psd")).run, run);
    // Others have no settings of their own for it.
    assertEquals((await resume("train.num-steps", "ar")).config.train.numSteps, 12);
    assertEquals((await resume("train.num-steps")).config.train.numSteps, 12);
    // A recipe is for many stages.
    const recipe = { ...FLAGS, config: `${run}/config.yaml` };
    const { config: found } = await readRun(
      recipe,
      { "train.num-steps": "12" },
      () => methodOf("psd"),
    );
    assertEquals([found.train.numSteps, found.distill.train.numSteps], [12, 10]);
  }));

Deno.test("readRun() takes the run and the step of a checkpoint's folder", () =>
  withTinyRun(1, async (config, run) => {
    await Deno.mkdir(run);
    await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(config));
    const method = methodOf("flm");
    const expected = { config, method, run, step: 15 };
    const resume = `${run}/checkpoints/0000015`;
    assertEquals(await readRun({ ...FLAGS, resume }, {}), expected);
    assertEquals(await readRun({ ...FLAGS, resume: run, step: 15 }, {}), expected);
    assertEquals(await readRun({ ...FLAGS, resume: run }, {}), { config, method, run });
  }));

gpuTest(
  "readRun() says so when the kind of a run's checkpoint is unknown",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      await writeTinyCheckpoint(gpu, run, { kind: "none_such" });
      await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(config));
      const error = await assertRejects(
        () => readRun({ ...FLAGS, resume: run }, {}),
        CheckpointError,
        'holds a model of the kind "none_such", which is unknown here (there is: flm, psd,',
      );
      assertStringIncludes(error.message, "Use the version of flm, or register the method,");
    }),
);

Deno.test("readRun() refuses another name for a run that is resumed", () =>
  withTinyRun(1, async (config, run) => {
    await Deno.mkdir(run);
    await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(config));
    const resume = (name: string) => readRun({ ...FLAGS, resume: run }, { name });
    await assertRejects(
      () => resume("other"),
      ConfigError,
      `--name other is for a new run: ${run} keeps its name. Leave it out`,
    );
    // What repeats the command that began the run may name it, as reproduce does.
    assertEquals((await resume(basename(run))).run, run);
  }));

gpuTest(
  "readRun() refuses to make another kind of model of a run that is resumed",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      for (
        const [kind, key, other] of [
          ["flm", "method", "ar"],
          ["psd", "distill.method", "semigroup"],
        ] as const
      ) {
        const folder = `${run}-${kind}`;
        await writeTinyCheckpoint(gpu, folder, { kind });
        await Deno.writeTextFile(`${folder}/config.yaml`, await configToYaml(config));
        const resume = (value: string) => readRun({ ...FLAGS, resume: folder }, { [key]: value });
        await assertRejects(
          () => resume(other),
          ConfigError,
          `--${key}: expected ${kind}, the kind of the model in ${folder}, found ${other}. Leave it`,
        );
        assertEquals((await resume(kind)).method.kind, kind);
      }
    }),
);

gpuTest(
  "readRun() refuses the recipe of another run for one that is resumed",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      const file = `${run}-other.yaml`;
      await Deno.writeTextFile(file, await configToYaml({ ...config, name: "other" }));
      const resume = (overrides: Record<string, string>) =>
        readRun({ ...FLAGS, config: file, resume: run }, overrides);
      await assertRejects(
        () => resume({}),
        ConfigError,
        `-other.yaml has the name other, but ${run} is a run of tiny. Leave the recipe out`,
      );
      await Deno.writeTextFile(file, await configToYaml(config));
      assertEquals((await resume({ "train.num-steps": "2" })).config.train.numSteps, 2);
    }),
);
