/**
 * Loading checkpoints and writing text: what a sample depends on, and what is said of
 * checkpoints that cannot be used.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { CheckpointError, FlmError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import type { SampleOptions, SamplingStats, SamplingStep } from "../../lib/sampling/options.ts";
import type { Communicator } from "../../lib/system/communicator.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { serveFolders } from "../testing/static_server.ts";
import {
  forgetHashes,
  TINY_STEP,
  type TinyCheckpointOptions,
  writeTinyCheckpoint,
} from "../testing/tiny_checkpoint.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const KINDS: readonly string[] = ["flm", "semigroup", "second_stage", "psd"];
/** Widths with which samplers keep z itself, and z·E. */
const WIDTHS = [32, 8];

/** Runs `test` with the folder of a tiny run and that of its checkpoint. */
async function withTinyRun(
  gpu: Gpu,
  test: (run: string, checkpoint: string) => Promise<void>,
  options: TinyCheckpointOptions = {},
): Promise<void> {
  await withFolder(async (run) => {
    await test(run, await writeTinyCheckpoint(gpu, run, options));
  });
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
  // As a state.json that was made by hand, without hashes.
  const { files: _files, checksum: _checksum, ...state } = JSON.parse(text);
  await Deno.writeTextFile(file, JSON.stringify(change(state)));
  const error = await assertRejects(
    () => FlowLanguageModel.load(checkpoint, { gpu }),
    CheckpointError,
  );
  await Deno.writeTextFile(file, text);
  return error.message.replaceAll(checkpoint, "CHECKPOINT").replace(/ The run .* before it\.$/, "");
}

/** Runs `test` with a tiny model of a kind. */
function withModel(
  gpu: Gpu,
  options: TinyCheckpointOptions,
  test: (model: FlowLanguageModel) => Promise<void>,
): Promise<void> {
  return withTinyRun(gpu, async (run) => {
    using model = await FlowLanguageModel.load(run, { gpu });
    await test(model);
  }, options);
}

for (const kind of KINDS) {
  gpuTest(`sample() gives sample i the same tokens in any batch: ${kind}`, async (gpu) => {
    for (const hiddenSize of WIDTHS) {
      await withModel(gpu, { kind, hiddenSize }, async (model) => {
        assertEquals([model.state.kind, model.state.step], [kind, TINY_STEP]);
        const renewal = kind === "psd" ? { renewal: 0.8 } : {};
        const texts = async (options: SampleOptions) =>
          (await model.sample({ numSteps: 3, seed: 5, ...renewal, ...options }))
            .map(({ text }) => text);
        const five = await texts({ numSamples: 5 });
        assertEquals(five.length, 5);
        assertEquals(await texts({ numSamples: 5, batchSize: 2 }), five);
        assertEquals(await texts({ numSamples: 1 }), five.slice(0, 1));
        assertNotEquals(await texts({ numSamples: 5, seed: 6 }), five);
        assertNotEquals(await texts({ numSamples: 5, numSteps: 1 }), five);
        // As a model says them, probabilities are what they were without these options.
        assertEquals(await texts({ numSamples: 5, temperature: 1, topP: 1 }), five);
        const sharp = { numSamples: 5, temperature: 0.5, topP: 0.6 };
        assertNotEquals(await texts({ ...sharp, topP: 1 }), five);
        assertNotEquals(await texts({ ...sharp, temperature: 1 }), five);
        assertEquals(
          await texts({ ...sharp, batchSize: 2 }),
          await texts(sharp),
        );
        if (kind === "psd") {
          assertNotEquals(await texts({ numSamples: 5, renewal: 0 }), five);
        }
      });
    }
  });
}

gpuTest("sample() gives every rank the texts of one process", async (gpu) => {
  await withTinyRun(gpu, async (run) => {
    for (const [numSamples, batchSize] of [[7, 2], [5, 16], [1, 16]] as const) {
      const written = async (ranks?: Communicator) => {
        using model = await FlowLanguageModel.load(run, { gpu });
        const given: [number, string][] = [];
        const progress: [number, number][] = [];
        const samples = await model.sample({
          ...{ numSamples, batchSize, numSteps: 3, seed: 8, ranks },
          onSample: ({ text }, index) => given.push([index, text]),
          onProgress: (done, total) => progress.push([done, total]),
        });
        return { samples, given, progress };
      };
      const alone = await written();
      const ranks = await Promise.all(ranksInOneProcess(3).map(written));
      for (const { samples, given } of ranks) {
        assertEquals(samples, alone.samples);
        assertEquals(given, alone.given);
      }
      const { progress } = ranks[0]!;
      assertEquals([progress[0]![0], progress.at(-1)![0]], [0, progress[0]![1]]);
      assert(progress[0]![1] <= alone.progress[0]![1]);
    }
  });
});

gpuTest("sample() asks the teacher as well as the student of a flow map", async (gpu) => {
  await withTinyRun(gpu, async (run, checkpoint) => {
    const text = async () => {
      using model = await FlowLanguageModel.load(run, { gpu });
      return (await model.sample({ numSteps: 2, seed: 1 }))[0]!.text;
    };
    const whole = await text();
    await forgetHashes(checkpoint);
    const file = (name: string) => `${checkpoint}/${name}.safetensors`;
    const teacher = await Deno.readFile(file("teacher"));
    await Deno.copyFile(file("model"), file("ema"));
    assertNotEquals(await text(), whole);
    // A student has all the weights that a teacher has.
    await Deno.copyFile(file("model"), file("teacher"));
    const other = await text();
    await Deno.writeFile(file("teacher"), teacher);
    assertNotEquals(await text(), other);
    await Deno.remove(file("teacher"));
    await assertRejects(text, CheckpointError, `Cannot read ${file("teacher")}`);
  }, { kind: "semigroup" });
});

gpuTest("sample() and samplingSteps() tell of the tokens of every step", async (gpu) => {
  for (const kind of KINDS) {
    await withModel(gpu, { kind }, async (model) => {
      const options = { numSamples: 3, batchSize: 2, numSteps: 3, seed: 2 };
      const told: SamplingStep[] = [];
      const samples = await model.sample({ ...options, onStep: (step) => void told.push(step) });
      assertEquals(
        told.map(({ firstSample, step, numSteps, tokens }) =>
          [firstSample, step, numSteps, tokens.length].join()
        ),
        ["0,1,3,2", "0,2,3,2", "0,3,3,2", "2,1,3,1", "2,2,3,1", "2,3,3,1"],
      );
      assertEquals(
        [...told[2]!.tokens, ...told[5]!.tokens],
        samples.map(({ tokens }) => tokens),
      );
      assertNotEquals(told[0]!.tokens, told[2]!.tokens);
      assertEquals(await Array.fromAsync(model.samplingSteps(options)), told);
      // Whether anybody looks changes nothing.
      assertEquals(await model.sample(options), samples);
      for await (const { step } of model.samplingSteps(options)) {
        assertEquals(step, 1);
        break;
      }
    });
  }
});

gpuTest("sample() brings given tokens back unchanged", async (gpu) => {
  for (const kind of KINDS) {
    for (const hiddenSize of WIDTHS) {
      await withModel(gpu, { kind, hiddenSize }, async (model) => {
        const options = { numSamples: 3, batchSize: 2, numSteps: 4, seed: 3 };
        const free = await model.sample(options);
        const given = await model.sample({ ...options, prompt: "Hello" });
        for (const { text } of given) assertEquals(text.slice(0, 5), "hello");
        const [filled] = await model.sample({ ...options, template: "a_c d" });
        assertEquals(model.tokenizer.decode([4, ...filled!.tokens.slice(3, 6)]), "ac d");
        const fixed = [null, 20, null, null, 25];
        for await (const { tokens } of model.samplingSteps({ ...options, fixed })) {
          for (const ids of tokens) assertEquals([ids[1], ids[4]], [20, 25]);
        }
        // Nothing given is nothing held.
        assertEquals(await model.sample({ ...options, fixed: [null] }), free);
      });
    }
  }
});

gpuTest(
  "sample() throws when what is given does not fit",
  (gpu) =>
    withModel(gpu, {}, async (model) => {
      const complains = (options: SampleOptions, message: string) =>
        assertRejects(() => model.sample(options), FlmError, message);
      await complains({ prompt: "a", template: "_" }, "Give only one of prompt and template.");
      await complains(
        { prompt: "abcdefghijkl" },
        "The prompt has 12 tokens, but a text of this",
      );
      await complains({ template: "a_?" }, 'The template "a_?" has "?" at position 2');
      await complains({ fixed: new Array(13).fill(null) }, "fixed has 13 tokens, but the model's");
      await complains(
        { fixed: [null, 30] },
        "fixed[1] must be null or a token id from 0 to 29, found 30.",
      );
      await complains(
        { renewal: 0 },
        'renewal is for denoiser flow maps, checkpoints of kind "psd"; this one is of kind "flm".',
      );
    }),
);

gpuTest(
  "sample() throws when renewal is out of its range",
  (gpu) =>
    withModel(gpu, { kind: "psd" }, async (model) => {
      for (const renewal of [-0.1, 1.1, NaN]) {
        await assertRejects(
          () => model.sample({ renewal }),
          FlmError,
          `renewal must be a number from 0 to 1, found ${renewal}.`,
        );
      }
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
      await forgetHashes(checkpoint);
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

gpuTest("sample() tells what it took", async (gpu) => {
  for (const [kind, networks] of [["flm", 1], ["semigroup", 2]] as const) {
    await withModel(gpu, { kind }, async (model) => {
      const told: SamplingStats[] = [];
      await model.sample({
        ...{ numSamples: 5, batchSize: 2, numSteps: 3 },
        onStats: (stats) => void told.push(stats),
      });
      const [{ firstTextSeconds, seconds, ...counts }] = told as [SamplingStats];
      assertEquals([told.length, counts], [
        1,
        { numTexts: 5, numTokens: 5 * 12, numEvaluations: 3 * 3 * networks },
      ]);
      assert(0 < firstTextSeconds && firstTextSeconds < seconds);
    });
  }
});

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
  "sample() says which option is not what it should be",
  (gpu) =>
    withTinyRun(gpu, async (run) => {
      using model = await FlowLanguageModel.load(run, { gpu });
      const cases: [option: string, value: unknown, message: string][] = [
        ["numSteps", 0, "numSteps must be an integer from 1 to 1048576, found 0."],
        ["numSteps", 2 ** 40, "found 1099511627776."],
        ["numSamples", 1.5, "numSamples must be an integer of at least 1, found 1.5."],
        ["batchSize", -1, "batchSize must be an integer of at least 1, found -1."],
        ["batchSize", "16", 'batchSize must be an integer of at least 1, found "16".'],
        ["seed", -1, "seed must be an integer of at least 0, found -1."],
        ["seed", NaN, "seed must be an integer of at least 0, found NaN."],
        ["seed", "1", 'seed must be an integer of at least 0, found "1".'],
        ["seed", 2 ** 53, "found 9007199254740992."],
        ["seed", null, "seed must be an integer of at least 0, found null."],
        ["temperature", 0, "temperature must be a number greater than 0, found 0."],
        ["temperature", -1, "temperature must be a number greater than 0, found -1."],
        ["temperature", NaN, "temperature must be a number greater than 0, found NaN."],
        ["temperature", "1", 'temperature must be a number greater than 0, found "1".'],
        ["topP", 0, "topP must be a number greater than 0 and at most 1, found 0."],
        ["topP", 1.01, "topP must be a number greater than 0 and at most 1, found 1.01."],
        ["topP", null, "topP must be a number greater than 0 and at most 1, found null."],
        ["prompt", null, "prompt must be text, found null."],
        ["template", ["a"], 'template must be text, found the list ["a"].'],
        ["fixed", "ab", 'fixed must be a list of token ids, found "ab".'],
      ];
      for (const [option, value, message] of cases) {
        await assertRejects(() => model.sample({ [option]: value }), FlmError, message);
      }
    }),
);

gpuTest("load() says so when there is no checkpoint", async (gpu) => {
  const load = (location: string) => FlowLanguageModel.load(location, { gpu });
  const missing = `${import.meta.dirname}/missing`;
  await assertRejects(
    () => load(missing),
    CheckpointError,
    `No checkpoint at ${missing}: there is no latest.json of a run, and it is no checkpoint ` +
      `itself (Cannot read ${missing}/state.json: there is no such file`,
  );
  await using server = serveFolders({ "/": missing }, { ranges: true });
  await assertRejects(
    () => load(`${server.origin}/run`),
    CheckpointError,
    `(Cannot read ${server.origin}/run/state.json: the server answered HTTP 404 Not Found`,
  );
  await assertRejects(
    () => load("http://"),
    CheckpointError,
    "http:// is not an address that is read here: expected",
  );
});

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
        `${file} is damaged: it has ${size - 100} bytes, but ${size} when it was written. The ` +
          `run ${run} has no whole checkpoint before it.`,
      );
      const truncated = "it is truncated";
      assertStringIncludes(await complaint(gpu, checkpoint, (state) => state), truncated);
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
        "CHECKPOINT/ema.safetensors has 1 blocks, but state.json beside it says numBlocks 2: " +
          "they do not belong together.",
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

gpuTest("sample() refuses to write from outputs that are not a number", async (gpu) => {
  // Finite, but too large for what is computed with it; and what no file may hold.
  const cases = [["output_layer.linear.weight", 2e38], ["blocks.0.norm1.weight", NaN]] as const;
  for (const kind of KINDS) {
    for (const hiddenSize of WIDTHS) {
      for (const [name, factor] of cases) {
        await withModel(gpu, { kind, hiddenSize }, async (model) => {
          const { parameters } = model.network;
          const values = await parameters.read(name);
          parameters.write(name, values.map((value) => value * factor));
          for (const onStep of [undefined, () => {}]) {
            await assertRejects(
              () =>
                model.sample({
                  numSamples: 3,
                  batchSize: 2,
                  numSteps: 2,
                  ...(onStep && { onStep }),
                }),
              FlmError,
              "The output of the network for text 1 is not a number.",
            );
          }
        });
      }
    }
  }
});

gpuTest(
  "sample() refuses options that it does not know, and a model that was disposed of",
  (gpu) =>
    withModel(gpu, {}, async (model) => {
      const message = "sampling has no option numStep; did you mean numSteps?";
      const options = { numStep: 2 } as SampleOptions;
      await assertRejects(() => model.sample(options), FlmError, message);
      assertThrows(() => model.samplingSteps(options), FlmError, message);
      model[Symbol.dispose]();
      await assertRejects(
        () => model.sample({ numSteps: 2 }),
        FlmError,
        "The model was disposed of",
      );
    }),
);

Deno.test("FlowLanguageModel.load() knows which weights there can be", async () => {
  await assertRejects(
    () => FlowLanguageModel.load("runs/nothing", { weights: "emma" as "ema" }),
    CheckpointError,
    'Expected "ema", "model", or "ema:" and a decay such as ema:0.9999 as the weights to load, ' +
      'found "emma".',
  );
});
