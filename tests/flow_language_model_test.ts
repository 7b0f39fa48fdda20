/**
 * Loading checkpoints and writing text: what a sample depends on, and what is said of
 * checkpoints that cannot be used.
 *
 * @module
 */

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { CheckpointError, FlmError } from "../lib/errors.ts";
import { FlowLanguageModel, type SampleOptions } from "../lib/flow_language_model.ts";
import type { Gpu } from "../lib/gpu/gpu.ts";
import { gpuTest } from "./testing/gpu.ts";
import { serveFolders } from "./testing/static_server.ts";
import { TINY_STEP, writeTinyCheckpoint } from "./testing/tiny_checkpoint.ts";

/** Runs `test` with the folder of a tiny run and that of its checkpoint. */
async function withTinyRun(
  gpu: Gpu,
  test: (run: string, checkpoint: string) => Promise<void>,
): Promise<void> {
  const run = await Deno.makeTempDir();
  try {
    await test(run, await writeTinyCheckpoint(gpu, run));
  } finally {
    await Deno.remove(run, { recursive: true });
  }
}

/** Changes the checkpoint's state and returns what loading it says. */
async function complaint(
  gpu: Gpu,
  checkpoint: string,
  // deno-lint-ignore no-explicit-any
  change: (state: any) => unknown,
): Promise<string> {
  const file = `${checkpoint}/state.json`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, JSON.stringify(change(JSON.parse(text))));
  const error = await assertRejects(
    () => FlowLanguageModel.load(checkpoint, { gpu }),
    CheckpointError,
  );
  await Deno.writeTextFile(file, text);
  return error.message.replaceAll(checkpoint, "CHECKPOINT");
}

gpuTest(
  "sample() gives sample i the same tokens in any batch",
  (gpu) =>
    withTinyRun(gpu, async (run) => {
      using model = await FlowLanguageModel.load(run, { gpu });
      assertEquals(model.state.step, TINY_STEP);
      const texts = async (options: SampleOptions) =>
        (await model.sample({ numSteps: 3, seed: 5, ...options })).map(({ text }) => text);
      const five = await texts({ numSamples: 5 });
      assertEquals(five.length, 5);
      assertEquals(await texts({ numSamples: 5, batchSize: 2 }), five);
      assertEquals(await texts({ numSamples: 1 }), five.slice(0, 1));
      assertNotEquals(await texts({ numSamples: 5, seed: 6 }), five);
      assertNotEquals(await texts({ numSamples: 5, numSteps: 1 }), five);
    }),
);

gpuTest(
  "load() takes the running average unless the last weights are asked for",
  (gpu) =>
    withTinyRun(gpu, async (run, checkpoint) => {
      const text = async (weights?: "ema" | "model") => {
        using model = await FlowLanguageModel.load(run, { gpu, ...(weights && { weights }) });
        return (await model.sample({ numSteps: 2 }))[0]!.text;
      };
      const ema = await text();
      assertEquals(await text("ema"), ema);
      assertNotEquals(await text("model"), ema);
      // The last weights in place of the average: the same file, the same text.
      await Deno.copyFile(`${checkpoint}/model.safetensors`, `${checkpoint}/ema.safetensors`);
      assertEquals(await text("ema"), await text("model"));
    }),
);

gpuTest(
  "sample() tells of its progress and of each text",
  (gpu) =>
    withTinyRun(gpu, async (run) => {
      using model = await FlowLanguageModel.load(run, { gpu });
      const progress: number[] = [];
      const told: [number, string][] = [];
      const samples = await model.sample({
        numSamples: 3,
        batchSize: 2,
        numSteps: 4,
        onProgress: (done, total) => progress.push(done, total),
        onSample: ({ text }, index) => told.push([index, text]),
      });
      assertEquals(told, samples.map(({ text }, index) => [index, text]));
      assertEquals([progress.slice(0, 2), progress.slice(-2)], [[0, 8], [8, 8]]);
    }),
);

gpuTest(
  "sample() throws the signal's reason when it is aborted",
  (gpu) =>
    withTinyRun(gpu, async (run) => {
      using model = await FlowLanguageModel.load(run, { gpu });
      const controller = new AbortController();
      const told: number[] = [];
      const sampling = model.sample({
        numSamples: 3,
        batchSize: 1,
        numSteps: 2,
        signal: controller.signal,
        onSample(_, index) {
          told.push(index);
          if (index === 1) controller.abort(new FlmError("enough"));
        },
      });
      await assertRejects(() => sampling, FlmError, "enough");
      assertEquals(told, [0, 1]);
    }),
);

gpuTest(
  "sample() throws when a number is not a positive integer",
  (gpu) =>
    withTinyRun(gpu, async (run) => {
      using model = await FlowLanguageModel.load(run, { gpu });
      for (const [name, value] of [["numSteps", 0], ["numSamples", 1.5], ["batchSize", -1]]) {
        await assertRejects(
          () => model.sample({ [name!]: value }),
          FlmError,
          `${name} must be a whole number of at least 1, found ${value}.`,
        );
      }
    }),
);

gpuTest("load() says so when there is no checkpoint", async (gpu) => {
  const load = (location: string) => FlowLanguageModel.load(location, { gpu });
  const missing = new URL("missing", import.meta.url).pathname;
  await assertRejects(
    () => load(missing),
    CheckpointError,
    `No checkpoint at ${missing}: neither latest.json of a run folder nor state.json of a ` +
      `checkpoint can be read there (Cannot read ${missing}/state.json: there is no such file`,
  );
  await using server = serveFolders({ "/": missing }, { ranges: true });
  await assertRejects(
    () => load(`${server.origin}/run`),
    CheckpointError,
    `(Cannot read ${server.origin}/run/state.json: the server answered HTTP 404 Not Found`,
  );
  await assertRejects(() => load("http://"), CheckpointError, "http://: it is not an address");
});

gpuTest(
  "load() says so when latest.json names no checkpoint",
  (gpu) =>
    withTinyRun(gpu, async (run) => {
      const load = () => FlowLanguageModel.load(run, { gpu });
      await Deno.writeTextFile(`${run}/latest.json`, "<!DOCTYPE html>");
      await assertRejects(
        load,
        CheckpointError,
        "latest.json names no checkpoint: <!DOCTYPE html>",
      );
      await Deno.writeTextFile(`${run}/latest.json`, `{"checkpoint":"checkpoints/0000009"}`);
      await assertRejects(
        load,
        CheckpointError,
        "checkpoints/0000009/state.json: there is no such",
      );
    }),
);

gpuTest(
  "load() says so when the weights are missing or truncated",
  (gpu) =>
    withTinyRun(gpu, async (run, checkpoint) => {
      const load = () => FlowLanguageModel.load(run, { gpu });
      const file = `${checkpoint}/ema.safetensors`;
      const { size } = await Deno.stat(file);
      await Deno.truncate(file, size - 100);
      await assertRejects(
        load,
        CheckpointError,
        `ends at byte ${size}, but the file has ${size - 100} bytes; it is truncated`,
      );
      await Deno.truncate(file, 100);
      await assertRejects(load, CheckpointError, `Cannot read ${file}: its header should have`);
      await Deno.remove(file);
      await assertRejects(load, CheckpointError, `Cannot read ${file}: there is no such file`);
    }),
);

gpuTest(
  "load() says so when tensors have other shapes than the state says",
  (gpu) =>
    withTinyRun(gpu, async (_, checkpoint) => {
      const said = await complaint(gpu, checkpoint, (state) => {
        state.model.hiddenSize = 64;
        return state;
      });
      assertEquals(
        said,
        'Cannot read tensor "vocab_embed.embedding" of CHECKPOINT/ema.safetensors: its shape is ' +
          "[30,32], but [30,64] was expected; does the configuration fit the file?",
      );
      assertEquals(
        await complaint(gpu, checkpoint, (state) => {
          state.model.numBlocks = 2;
          return state;
        }),
        'Cannot read tensor "blocks.1.norm1.weight" of CHECKPOINT/ema.safetensors: the file has ' +
          "none of that name",
      );
    }),
);

gpuTest(
  "load() says so when the tokenizer is another one",
  (gpu) =>
    withTinyRun(gpu, async (_, checkpoint) => {
      const change = (tokenizer: Record<string, string>) =>
        complaint(gpu, checkpoint, (state) => {
          Object.assign(state.tokenizer, tokenizer);
          return state;
        });
      assertEquals(
        (await change({ fingerprint: "0123456789abcdef" })).replace(/here \w{12}/, "here HASH"),
        "The checkpoint CHECKPOINT was trained with another version of the tokenizer text8 " +
          "(fingerprint 0123456789ab, here HASH). Use the version of flm it was trained with.",
      );
      assertEquals(
        (await change({ name: "cuneiform" })).replace(/there is: .*\)/, "there is: …)"),
        'The checkpoint CHECKPOINT was trained with the tokenizer "cuneiform", which is unknown ' +
          "here (there is: …). Use the version of flm it was trained with.",
      );
      assertEquals(
        await complaint(gpu, checkpoint, (state) => {
          state.model.vocabSize = 31;
          return state;
        }),
        "The checkpoint CHECKPOINT is damaged: its vocabSize is 31, but its tokenizer text8 has " +
          "30 tokens.",
      );
    }),
);
