import { assert, assertEquals, assertRejects, assertStringIncludes, fail } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import type { Config } from "../../lib/config/config.ts";
import { CheckpointError, ConfigError, DataError, FlmError } from "../../lib/errors.ts";
import { BACKENDS } from "../../lib/gpu/backend.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { exists } from "../../lib/system/exists.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { gpuTest } from "../testing/gpu.ts";
import { lossLines, weightsOf } from "../testing/run_files.ts";
import { makeShards, withTinyRun } from "../testing/tiny_run.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

const withSteps = (config: Config, numSteps: number): Config => ({
  ...config,
  train: { ...config.train, numSteps },
});

gpuTest(
  "trainRun() resumed gives the losses and weights of a run in one go",
  (gpu) =>
    withTinyRun(10, async (config, run) => {
      const whole = await trainRun({ gpu, config, run: `${run}-whole`, resume: false });
      assertEquals([whole.step, whole.interrupted], [10, false]);
      const stop = new AbortController();
      const cut = await trainRun({
        gpu,
        config,
        run,
        resume: false,
        signal: stop.signal,
        onSteps: ({ step }) => step >= 6 && stop.abort(),
      });
      assertEquals([cut.step, cut.interrupted], [6, true]);
      const resumed = await trainRun({ gpu, config, run, resume: true });
      assertEquals(resumed.step, 10);
      assertEquals(await lossLines(run), await lossLines(`${run}-whole`));
      for (const group of ["model", "ema", "optimizer"]) {
        assertEquals(await weightsOf(run, group), await weightsOf(`${run}-whole`, group));
      }
      assertEquals(await names(`${run}/checkpoints`), ["0000006", "0000010"]);
    }),
);

gpuTest(
  "trainRun() does not begin when ranks would go on from different weights",
  (gpu) =>
    withTinyRun(2, async (config, run) => {
      const other = { ...config, optim: { ...config.optim, lr: 1e-3 } };
      await trainRun({ gpu, config, run, resume: false });
      await trainRun({ gpu, config: other, run: `${run}-other`, resume: false });
      const runs = ranksInOneProcess(2).map((ranks, i) =>
        trainRun({
          ...{ gpu, ranks, config: withSteps(config, 4), resume: true },
          run: i === 0 ? run : `${run}-other`,
        })
      );
      const found = await Promise.allSettled(runs);
      assertEquals(found.map(({ status }) => status), ["rejected", "rejected"]);
      await assertRejects(
        () => runs[1]!,
        FlmError,
        "Rank 1 differs from rank 0 in checkpoint.config.optim.lr: expected 0.002, found 0.001.",
      );
    }),
);

gpuTest(
  "trainRun() settles how noise is drawn when a run begins, and keeps to it",
  (gpu) =>
    withTinyRun(6, async (tiny, run) => {
      const noiseOf = async (folder: string) =>
        (await Checkpoint.open(folder)).state.config.flow.noise;
      const narrow = { ...tiny, model: { ...tiny.model, hiddenSize: 4, numHeads: 1 } };
      const configs: Config[] = [];
      await trainRun({
        ...{ gpu, config: narrow, run: `${run}-whole`, resume: false },
        onStart: (_, config) => void configs.push(config),
      });
      assertEquals(configs, [{ ...narrow, flow: { noise: "projected" } }]);
      assertEquals(await noiseOf(`${run}-whole`), "projected");
      await trainRun({ gpu, config: withSteps(narrow, 3), run, resume: false });
      await trainRun({ gpu, config: narrow, run, resume: true });
      for (const group of ["model", "ema", "optimizer"]) {
        assertEquals(await weightsOf(run, group), await weightsOf(`${run}-whole`, group));
      }
      const wholeWeights = await weightsOf(run);
      // What was begun otherwise goes on so.
      const explicit: Config = { ...narrow, flow: { noise: "explicit" } };
      await trainRun({ gpu, config: withSteps(explicit, 3), run: `${run}-other`, resume: false });
      await trainRun({ gpu, config: narrow, run: `${run}-other`, resume: true });
      assertEquals(await noiseOf(`${run}-other`), "explicit");
      assert((await weightsOf(`${run}-other`)).some((byte, i) => byte !== wholeWeights[i]));
      // This network is wider than its vocabulary.
      await trainRun({ gpu, config: withSteps(tiny, 1), run: `${run}-wide`, resume: false });
      assertEquals(await noiseOf(`${run}-wide`), "explicit");
      await assertRejects(
        () =>
          trainRun({
            ...{ gpu, run: `${run}-wrong`, resume: false },
            config: { ...tiny, flow: { noise: "projected" } },
          }),
        ConfigError,
        "flow.noise: expected explicit, since the vocabulary (30) is smaller than model.hiddenSize",
      );
    }),
);

gpuTest(
  "trainRun() writes a checkpoint when one is asked for, and goes on",
  (gpu) =>
    withTinyRun(5, async (config, run) => {
      let step = 0;
      const saved: string[] = [];
      await trainRun({
        gpu,
        config,
        run,
        resume: false,
        onSteps: (metrics) => void (step = metrics.step),
        saveRequested: () => step === 3,
        onCheckpoint: (folder) => saved.push(folder),
      });
      assertEquals(saved, ["0000003", "0000005"].map((name) => `${run}/checkpoints/${name}`));
    }),
);

gpuTest(
  "trainRun() tells of the memory that it needs before it takes it",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      const needs: unknown[] = [];
      const inUse: number[] = [];
      const before = gpu.memory().inUse;
      const { checkpoint } = await trainRun({
        gpu,
        config,
        run,
        resume: false,
        onNeeds: (told) => {
          needs.push(told);
          inUse.push(gpu.memory().inUse - before);
        },
      });
      using model = await SafetensorsFile.open(`${checkpoint}/model.safetensors`);
      const parameters = [...model.tensors.values()].reduce((sum, t) => sum + t.numElements, 0);
      assertEquals([needs, inUse], [[{ parameters, bytes: 20 * parameters }], [0]]);
    }),
);

gpuTest(
  "trainRun() tells what it does in place of steps before it does it",
  (gpu) =>
    withTinyRun(5, async (config, run) => {
      const seen: string[] = [];
      await trainRun({
        gpu,
        config,
        run,
        resume: false,
        onPause: (reason) => seen.push(`begins: ${reason}`),
        onValidation: () => seen.push("validation"),
        onCheckpoint: () => seen.push("checkpoint"),
      });
      assertEquals(seen, [
        "begins: validation",
        "validation",
        "begins: checkpoint",
        "checkpoint",
      ]);
    }),
);

gpuTest(
  "trainRun() learns: the validation loss falls",
  (gpu) =>
    withTinyRun(40, async (config, run) => {
      const seen: number[] = [];
      const { validation } = await trainRun({
        gpu,
        config,
        run,
        resume: false,
        onValidation: (_, { loss }) => seen.push(loss),
      });
      assertEquals(seen.length, 8);
      assert(validation!.loss < seen[0]! - 0.2, `from ${seen[0]} to ${validation!.loss}`);
      assert(validation!.byTime[3]! < validation!.byTime[0]!, "less noise is easier");
    }),
);

gpuTest(
  "trainRun() writes standard safetensors with the reference's names and shapes",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      const { checkpoint } = await trainRun({ gpu, config, run, resume: false });
      const expected = {
        "vocab_embed.embedding": [30, 32],
        "sigma_map.mlp.0.weight": [16, 256],
        "sigma_map.mlp.0.bias": [16],
        "sigma_map.mlp.2.weight": [16, 16],
        "sigma_map.mlp.2.bias": [16],
        "blocks.0.norm1.weight": [32],
        "blocks.0.attn_qkv.weight": [96, 32],
        "blocks.0.attn_out.weight": [32, 32],
        "blocks.0.norm2.weight": [32],
        "blocks.0.mlp.0.weight": [128, 32],
        "blocks.0.mlp.0.bias": [128],
        "blocks.0.mlp.2.weight": [32, 128],
        "blocks.0.mlp.2.bias": [32],
        "blocks.0.adaLN_modulation.weight": [192, 16],
        "blocks.0.adaLN_modulation.bias": [192],
        "output_layer.norm_final.weight": [32],
        "output_layer.linear.weight": [30, 32],
        "output_layer.linear.bias": [30],
        "output_layer.adaLN_modulation.weight": [64, 16],
        "output_layer.adaLN_modulation.bias": [64],
      };
      for (const group of ["model", "ema"]) {
        // The format by hand: a length, a JSON header, and as many bytes as it says.
        const bytes = await Deno.readFile(`${checkpoint}/${group}.safetensors`);
        const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
        const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
        const { __metadata__: metadata, ...tensors } = header;
        assertEquals(metadata, { format: "pt" });
        assertEquals(
          Object.fromEntries(Object.entries(tensors).map(([k, v]) => [k, (v as Shaped).shape])),
          expected,
        );
        let end = 0;
        for (const { dtype, data_offsets } of Object.values(tensors) as Shaped[]) {
          assertEquals(dtype, "F32");
          end = Math.max(end, data_offsets[1]!);
        }
        assertEquals(bytes.length, 8 + length + end);
      }
      using optimizer = await SafetensorsFile.open(`${checkpoint}/optimizer.safetensors`);
      assertEquals(optimizer.tensors.size, 2 * Object.keys(expected).length);
    }),
);

interface Shaped {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

gpuTest(
  "trainRun() refuses shards, runs and checkpoints that do not fit",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      const go = (changed: Config, resume: boolean) =>
        trainRun({ gpu, config: changed, run, resume });
      await assertRejects(() => go(config, true), CheckpointError, "No checkpoint at");
      assertEquals(await exists(run), false);
      const elsewhere = { ...config, data: { ...config.data, dir: `${run}/none` } };
      await assertRejects(() => go(elsewhere, false), DataError, "deno task preprocess");
      const longer = { ...config, data: { ...config.data, length: 16 } };
      await assertRejects(() => go(longer, false), DataError, "data.length was 12, is 16");
      const shard = `${config.data.dir}/validation-00000.bin`;
      const ids = await Deno.readFile(shard);
      // Another letter, which nothing but the hash tells.
      await Deno.writeFile(shard, ids.with(2, ids[2] === 5 ? 6 : 5));
      await assertRejects(() => go(config, false), DataError, `Shard ${shard} is altered`);
      assertEquals(await exists(run), false);
      await Deno.writeFile(shard, ids);

      await go(config, false);
      await assertRejects(() => go(config, false), CheckpointError, "holds a run already");
      const wider = { ...config, model: { ...config.model, hiddenSize: 64 } };
      await assertRejects(
        () => go(withSteps(wider, 2), true),
        CheckpointError,
        "its hiddenSize is 32, the configuration's is 64",
      );
      const muon = { ...config, optim: { ...config.optim, optimizer: "muon" } };
      const refused = await assertRejects(() => go(withSteps(muon, 2), true), ConfigError);
      assertEquals(
        refused.message,
        `optim.optimizer: expected adamw, with which the run ${run} was begun and whose state its ` +
          `checkpoints have, found muon. Leave it as it was, or train a new run with another name, ` +
          `by --name NAME.`,
      );
      // A folder with checkpoints holds a run, whatever was lost.
      await Deno.remove(`${run}/latest.json`);
      await assertRejects(() => go(config, false), CheckpointError, "holds a run already");
      const { location } = await Checkpoint.open(run);
      const file = `${location}/ema.safetensors`;
      const bytes = await Deno.readFile(file);
      await Deno.writeFile(file, bytes.subarray(0, bytes.length - 100));
      const error = await assertRejects(() => go(withSteps(config, 2), true), CheckpointError);
      assertStringIncludes(error.message, "ema.safetensors");
      // Nothing was lost: with the file whole again the run goes on.
      await Deno.writeFile(file, bytes);
      assertEquals((await go(withSteps(config, 2), true)).step, 2);
    }),
);

gpuTest(
  "trainRun() goes on only with the shards and the data that the run began with",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      const resume = (changed: Config) =>
        trainRun({ gpu, config: withSteps(changed, 2), run, resume: true });
      await trainRun({ gpu, config, run, resume: false });
      const padded: Config = { ...config, data: { ...config.data, packing: "padded" } };
      await assertRejects(() => resume(padded), DataError, 'data.packing was "stream"');
      // The shards change beneath the run, with and without the configuration.
      const split: Config = { ...config, data: { ...config.data, validationFraction: 0.3 } };
      await makeShards(split);
      for (const changed of [config, split]) {
        await assertRejects(
          () => resume(changed),
          DataError,
          `${run} was trained on: data.validationFraction was 0.1, is 0.3`,
        );
      }
      await makeShards(config, "another text ");
      await assertRejects(() => resume(config), DataError, "the text of data.source");
      await makeShards(config);
      assertEquals((await resume(config)).step, 2);
    }),
);

gpuTest(
  "trainRun() keeps others out of the run's folder, and clears what killed ones left there",
  (gpu) =>
    withTinyRun(2, async (config, run) => {
      const { checkpoint } = await trainRun({ gpu, config, run, resume: false });
      const half = [`${run}/checkpoints/.0000001.0123456789ab.tmp`, `${run}/.x.0123456789ab.tmp`];
      for (const path of half) await Deno.mkdir(path);
      // Killed between the two renames by which a checkpoint is replaced.
      await Deno.rename(checkpoint, `${run}/checkpoints/.0000002.0123456789ab.old`);
      const others: unknown[] = [];
      const padded: Config = { ...config, data: { ...config.data, packing: "padded" } };
      const longer = { gpu, config: withSteps(config, 4), run };
      const { step } = await trainRun({
        ...longer,
        resume: true,
        async onStart() {
          await assertRejects(() => makeShards(padded), DataError, "is reading them");
          for (const resume of [true, false]) {
            others.push(await trainRun({ ...longer, resume }).catch((error) => error));
          }
        },
      });
      assertEquals(step, 4);
      for (const error of others) {
        assert(error instanceof CheckpointError);
        assertStringIncludes(error.message, `Another process (${Deno.pid} on `);
        assertStringIncludes(error.message, `is training in ${run}.`);
      }
      assertEquals(await names(`${run}/checkpoints`), ["0000002", "0000004"]);
      assertEquals(await names(run), ["checkpoints", "latest.json", "metrics.jsonl"]);
    }),
);

gpuTest(
  "trainRun() averages as many steps in a line of metrics after a resume as in others",
  (gpu) =>
    withTinyRun(12, async (tiny, run) => {
      const config = { ...tiny, train: { ...tiny.train, logEvery: 4, checkpointEvery: 3 } };
      const whole = `${run}-whole`;
      await trainRun({ gpu, config, run: whole, resume: false });
      // It ends between two lines, and is made longer; then it is stopped between two lines.
      await trainRun({ gpu, config: withSteps(config, 5), run, resume: false });
      const stop = new AbortController();
      const { step } = await trainRun({
        gpu,
        config,
        run,
        resume: true,
        signal: stop.signal,
        onCheckpoint: () => stop.abort(),
      });
      assertEquals(step, 6);
      await trainRun({ gpu, config, run, resume: true });
      const lines = async (folder: string) =>
        (await readMetrics(`${folder}/metrics.jsonl`))
          .filter(({ kind, step }) => kind === "train" && step % 4 === 0)
          .map(({ step, loss, gradNorm }) => ({ step, loss, gradNorm }));
      assertEquals((await lines(whole)).map(({ step }) => step), [4, 8, 12]);
      assertEquals(await lines(run), await lines(whole));
    }),
);

gpuTest(
  "trainRun() leaves a run that is at its end as it is",
  (gpu) =>
    withTinyRun(2, async (config, run) => {
      const before = await trainRun({ gpu, config, run, resume: false });
      assertEquals([before.step, before.stepsDone], [2, 2]);
      const contents = async () => {
        const files: Record<string, number | null> = {};
        for (const folder of [run, `${run}/checkpoints`, before.checkpoint]) {
          for (const name of await names(folder)) {
            files[`${folder}/${name}`] = (await Deno.stat(`${folder}/${name}`)).ino;
          }
        }
        return { files, metrics: await Deno.readTextFile(`${run}/metrics.jsonl`) };
      };
      const found = await contents();
      for (const numSteps of [2, 1]) {
        const again = await trainRun({
          gpu,
          config: withSteps(config, numSteps),
          run,
          resume: true,
          onStart: () => fail("it begins"),
        });
        assertEquals([again.step, again.stepsDone, again.interrupted], [2, 0, false]);
        assertEquals(again.checkpoint, before.checkpoint);
        assertEquals(await contents(), found);
      }
      // Stopped before its first step, there is nothing to save either.
      const stop = new AbortController();
      const stopped = await trainRun({
        ...{ gpu, config: withSteps(config, 3), run, resume: true, signal: stop.signal },
        onStart: () => stop.abort(),
      });
      assertEquals([stopped.stepsDone, stopped.interrupted], [0, true]);
      const state = `${before.checkpoint}/state.json`;
      assertEquals((await contents()).files[state], found.files[state]);
      assertEquals(await names(`${run}/checkpoints`), ["0000002"]);
    }),
);

gpuTest(
  "trainRun() removes what its last checkpoint replaces, if it was killed before it could",
  (gpu) =>
    withTinyRun(4, async (given, run) => {
      const keeping = (keepCheckpoints: number) => ({
        ...given,
        train: { ...given.train, checkpointEvery: 2, keepCheckpoints },
      });
      await trainRun({ gpu, config: keeping(2), run, resume: false });
      const resume = { gpu, run, resume: true };
      const kept = () => names(`${run}/checkpoints`);
      // One that ends at an earlier checkpoint replaces nothing.
      await trainRun({ ...resume, config: withSteps(keeping(1), 2), step: 2 });
      assertEquals(await kept(), ["0000002", "0000004"]);
      await trainRun({ ...resume, config: keeping(1) });
      assertEquals(await kept(), ["0000004"]);
    }),
);

gpuTest(
  "trainRun() does no step when checkpoints could not be written",
  (gpu) =>
    withTinyRun(10, async (config, run) => {
      const onStart = () => fail("the work would be lost");
      await Deno.mkdir(run);
      await Deno.writeTextFile(`${run}/checkpoints`, "");
      await assertRejects(
        () => trainRun({ gpu, config, run, resume: false, onStart }),
        FlmError,
        `Cannot write ${run}/checkpoints: something has that name already`,
      );
    }),
);

gpuTest(
  "trainRun() keeps the older checkpoints when one cannot be written",
  (gpu) =>
    withTinyRun(10, async (config, run) => {
      const [folder, aside] = [`${run}/checkpoints`, `${run}/aside`];
      await assertRejects(
        () =>
          trainRun({
            gpu,
            config,
            run,
            resume: false,
            onCheckpoint() {
              // A file where the next checkpoint's folder belongs.
              Deno.renameSync(folder, aside);
              Deno.writeTextFileSync(folder, "");
            },
          }),
        FlmError,
        `Cannot write ${folder}`,
      );
      await Deno.remove(folder);
      await Deno.rename(aside, folder);
      assertEquals((await Checkpoint.open(run)).state.step, 5);
      assertEquals((await trainRun({ gpu, config, run, resume: true })).step, 10);
    }),
);

gpuTest(
  "trainRun() goes back to an older checkpoint, and the later ones go when a new one is there",
  (gpu) =>
    withTinyRun(15, async (given, run) => {
      const config = { ...given, train: { ...given.train, keepCheckpoints: 5 } };
      const latest = async () => JSON.parse(await Deno.readTextFile(`${run}/latest.json`));
      await trainRun({ gpu, config, run, resume: false });
      const expected = { lines: await lossLines(run), ema: await weightsOf(run, "ema") };
      const folder = `${run}/checkpoints`;
      assertEquals(await names(folder), ["0000005", "0000010", "0000015"]);
      await assertRejects(
        () => trainRun({ gpu, config, run, resume: true, step: 7 }),
        CheckpointError,
        `The run ${run} has no checkpoint of step 7: it has those of 15, 10, 5.`,
      );

      const replaced: unknown[] = [];
      const seen: string[][] = [];
      await trainRun({
        gpu,
        config: withSteps(config, 13),
        run,
        resume: true,
        step: 5,
        onReplace: (step, later) => replaced.push([step, [...later]]),
        async onStart() {
          assertEquals(await latest(), { checkpoint: "checkpoints/0000005" });
          seen.push(await names(folder));
        },
      });
      assertEquals(replaced, [[5, [10, 15]]]);
      assertEquals(seen, [["0000005", "0000010", "0000015"]]);
      assertEquals(await names(folder), ["0000005", "0000010", "0000013"]);
      assertEquals((await trainRun({ gpu, config, run, resume: true })).step, 15);
      assertEquals(await weightsOf(run, "ema"), expected.ema);
      const lines = (await lossLines(run)) as { step: number }[];
      const once = lines.filter(({ step }) => step !== 13);
      assertEquals(once, expected.lines.filter((line) => (line as { step: number }).step !== 13));
    }),
);

gpuTest(
  "trainRun() says so when it goes on by another backend than before",
  (gpu) =>
    withTinyRun(5, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      const told: unknown[] = [];
      const goOn = (step: number) =>
        trainRun({
          ...{ gpu, config: withSteps(config, step), run, resume: true },
          onOtherBackend: (before, now) => told.push([before, now]),
        });
      await goOn(10);
      assertEquals(told, []);
      const path = `${run}/checkpoints/0000010/state.json`;
      const { files: _files, checksum: _checksum, ...state } = JSON.parse(
        await Deno.readTextFile(path),
      );
      assertEquals(state.backend, gpu.backend);
      const other = BACKENDS.find((name) => name !== gpu.backend)!;
      await Deno.writeTextFile(path, JSON.stringify({ ...state, backend: other }));
      await goOn(15);
      assertEquals(told, [[other, gpu.backend]]);
    }),
);

gpuTest(
  "trainRun() goes on from no checkpoint under the name of another step",
  (gpu) =>
    withTinyRun(10, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      const folder = `${run}/checkpoints`;
      await Deno.rename(`${folder}/0000005`, `${folder}/0000030`);
      const go = (step?: number) =>
        trainRun({ gpu, config: withSteps(config, 12), run, resume: true, ...(step && { step }) });
      const error = await assertRejects(() => go(30), CheckpointError);
      assertStringIncludes(
        error.message,
        `${folder}/0000030 holds the checkpoint of step 5: was it renamed, copied or changed?`,
      );
      assertStringIncludes(error.message, "the name checkpoints/0000005, if there is none yet");
      await Deno.writeTextFile(`${run}/latest.json`, '{"checkpoint":"checkpoints/0000030"}');
      await assertRejects(() => go(), CheckpointError, error.message);
      assertEquals(await names(folder), ["0000010", "0000030"]);
      // Nor is it what there is to go on from when the newest is damaged.
      assertEquals((await Checkpoint.newestWhole(run, 31))!.state.step, 10);
      await Deno.rename(`${folder}/0000030`, `${folder}/0000005`);
      assertEquals((await go(5)).step, 12);
    }),
);

gpuTest(
  "trainRun() makes no run inside another one's folder, and none in place of its checkpoints",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      const { checkpoint } = await trainRun({ gpu, config, run, resume: false });
      const go = (folder: string, resume = false) => trainRun({ gpu, config, run: folder, resume });
      for (const resume of [false, true]) {
        await assertRejects(
          () => go(checkpoint, resume),
          CheckpointError,
          `${checkpoint} is a checkpoint, not the folder of a run.`,
        );
      }
      for (const folder of [`${run}/mine`, `${run}/checkpoints/0000002`, `${run}/a/b/`]) {
        await assertRejects(() => go(folder), CheckpointError, `lies inside the run ${run}`);
        assertEquals(await names(run), [...KEPT].sort());
      }
      // What is there is never begun anew in silence.
      await Deno.remove(`${run}/latest.json`);
      await assertRejects(() => go(run), CheckpointError, "holds a run already");
      assertEquals((await Checkpoint.open(run)).state.step, 1);
    }),
);

/** What is in the folder of a run. */
const KEPT = ["checkpoints", "latest.json", "metrics.jsonl"];

gpuTest(
  "trainRun() says so when a run ended before its first checkpoint, and begins it anew",
  (gpu) =>
    withTinyRun(2, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      const expected = await weightsOf(run);
      await Deno.remove(`${run}/checkpoints`, { recursive: true });
      for (const left of ["checkpoints", "checkpoints/.0000002.0123456789ab.tmp"]) {
        await Deno.mkdir(`${run}/${left}`);
      }
      await Deno.remove(`${run}/latest.json`);
      for (const step of [undefined, 2]) {
        await assertRejects(
          () => trainRun({ gpu, config, run, resume: true, ...(step && { step }) }),
          CheckpointError,
          `The run ${run} ended before its first checkpoint`,
        );
      }
      await trainRun({ gpu, config, run, resume: false });
      assertEquals(await weightsOf(run), expected);
      assertEquals(await names(`${run}/checkpoints`), ["0000002"]);
    }),
);

gpuTest(
  "trainRun() asks for the models that a method learns from",
  (gpu) =>
    withTinyRun(2, async (config, run) => {
      const options = { gpu, config: { ...config, method: "psd" }, run, resume: false };
      await assertRejects(
        () => trainRun(options),
        ConfigError,
        'The method psd learns from a trained model of the kind "flm", its teacher, and none is given',
      );
      assertEquals(await exists(run), false);
    }),
);

gpuTest("trainRun() does not take nothing for a folder", (gpu) =>
  withTinyRun(2, async (config) => {
    await assertRejects(
      () => trainRun({ gpu, config, run: "", resume: false }),
      CheckpointError,
      "Expected the run's folder as text, a path, found",
    );
  }));
