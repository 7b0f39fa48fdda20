import { assertRejects } from "@std/assert";
import type { Config } from "../../lib/config/config.ts";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { ConfigError } from "../../lib/errors.ts";
import { requireFittingRun } from "../../tasks/demo/former_runs.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

gpuTest(
  "requireFittingRun() refuses a run of other data or of another size, and says what helps",
  (gpu) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      await writeTinyCheckpoint(gpu, run);
      const { state: { config } } = await Checkpoint.open(run);
      await requireFittingRun(run, config);
      // Whether it goes on, and how fast it learns, is another matter.
      const train = { ...config.train, numSteps: 99, minutes: 4 };
      await requireFittingRun(run, { ...config, train, optim: { ...config.optim, lr: 1 } });
      const changed: Config = {
        ...config,
        data: { ...config.data, tokenizer: "bpe", vocabSize: 300, length: 24 },
        model: { ...config.model, hiddenSize: 64 },
      };
      await requireFittingRun(`${folder}/none`, changed);
      await assertRejects(
        () => requireFittingRun(run, changed),
        ConfigError,
        `${run} was made by another recipe: data.tokenizer was "text8", is "bpe"; data.length was ` +
          `12, is 24; model.hiddenSize was 32, is 64. Begin anew by --redo`,
      );
    }),
);
