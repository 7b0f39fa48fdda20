/**
 * What a run's folder tells of it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { configToYaml } from "../../lib/config/config_file.ts";
import { trainingConfig } from "../../lib/config/training_config.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { METRICS_FILE } from "../../lib/train/metrics.ts";
import { readRunRecord } from "../../tasks/runs/run_record.ts";
import { withFolder } from "../testing/folder.ts";
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
