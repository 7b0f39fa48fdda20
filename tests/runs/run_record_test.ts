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
import { readRunRecord } from "../../tasks/runs/run_record.ts";
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
