/**
 * What a run's folder tells of it.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { exportTorchFile } from "../../lib/checkpoint/models/export_torch.ts";
import { importModel } from "../../lib/checkpoint/models/import_model.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { configToYaml } from "../../lib/config/config_file.ts";
import { trainingConfig } from "../../lib/config/training_config.ts";
import { DataError } from "../../lib/errors.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { METRICS_FILE } from "../../lib/train/metrics.ts";
import { readRunRecord, RunReader } from "../../tasks/runs/run_record.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { tinyConfig } from "../testing/tiny_run.ts";

Deno.test("readRunRecord() knows by the folder's name what a run makes that has no checkpoint", () =>
  withFolder(async (folder) => {
    const config = tinyConfig(folder, 3);
    for (
      const [name, kind] of [
        ["tiny", "flm"],
        ["tiny-distill", config.distill.method],
        ["tiny-second", "second_stage"],
        ["tiny-ar", "ar"],
      ] as const
    ) {
      const run = `${folder}/${name}`;
      await Deno.mkdir(run);
      await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(config));
      await Deno.writeTextFile(`${run}/${METRICS_FILE}`, '{"kind":"train","step":1,"loss":2}\n');
      const record = await readRunRecord(run);
      assertEquals([record.name, record.kind], [name, kind]);
      const { train, optim } = record;
      assertEquals({ train, optim }, trainingConfig(config, methodOf(kind).section));
      assertEquals([record.state, record.checkpoints], [null, []]);
    }
  }));

Deno.test("RunReader keeps the texts of the newest samples of each kind, and nothing of lines that go", () =>
  withFolder(async (run) => {
    const write = (records: readonly Record<string, unknown>[], append = true) =>
      Deno.writeTextFile(
        `${run}/${METRICS_FILE}`,
        records.map((record) => `${JSON.stringify(record)}\n`).join(""),
        { append },
      );
    const samples = (step: number, numSteps: number, more = {}) => ({
      ...{ kind: "samples", step, numSteps, entropy: step, ...more },
    });
    const texts = { text0: "a", text1: "b" };
    await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(tinyConfig(run, 9)));
    await write([
      samples(1, 1, texts),
      samples(1, 8, texts),
      samples(1, 8, { gamma: 1, ...texts }),
    ]);
    const reader = new RunReader(run);
    const { metrics } = await reader.read();
    assertEquals(metrics.filter(({ text0 }) => text0 === "a").length, 3);
    await write([samples(2, 8, texts)]);
    const expected = [samples(1, 1, texts), samples(1, 8), samples(1, 8, { gamma: 1, ...texts })];
    assertEquals<unknown>((await reader.read()).metrics, [...expected, samples(2, 8, texts)]);
    await write([samples(1, 8, texts)], false);
    assertEquals<unknown>((await reader.read()).metrics, [samples(1, 8, texts)]);
  }));

gpuTest(
  "readRunRecord() says whether a run without metrics was imported",
  (gpu) =>
    withFolder(async (folder) => {
      const [run, file, back] = [`${folder}/run`, `${folder}/a.ckpt`, `${folder}/back`];
      await writeTinyCheckpoint(gpu, run);
      await exportTorchFile(await openModel(run), { weights: "ema", out: file });
      await importModel(await openModel(file), { weights: "ema", run: back });
      await assertRejects(
        () => readRunRecord(back),
        DataError,
        `${back} was imported from ${file}, and has no metrics.jsonl: only trainings write one. ` +
          `deno task evaluate ${back} measures its texts.`,
      );
      for (const each of [run, `${folder}/none`]) {
        await assertRejects(
          () => readRunRecord(each),
          DataError,
          `There is no metrics.jsonl in ${each}: expected the folder of a run that was trained here.`,
        );
      }
    }),
);
