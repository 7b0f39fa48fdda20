/**
 * Training on a text in memory.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConfigError, DataError } from "../../lib/errors.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import {
  trainText,
  type TrainTextOptions,
  type TrainTextProgress,
} from "../../lib/sampling/train_text.ts";
import { exists } from "../../lib/system/exists.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";

const TEXT = "so it goes and so it went and it will go on ".repeat(20);
const MODEL = { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16 };
const TINY = { numSteps: 2, batchSize: 2, length: 12, model: MODEL };

gpuTest("trainText() gives a model that writes, and leaves no folder behind", async (gpu) => {
  const folders: string[] = [];
  const { makeTempDir } = Deno;
  // The environment would be that of the tests that run at the same time, too.
  Deno.makeTempDir = async (options) => {
    const folder = await makeTempDir(options);
    folders.push(folder);
    return folder;
  };
  try {
    const seen: TrainTextProgress[] = [];
    const onProgress = (progress: TrainTextProgress) => void seen.push(progress);
    using model = await trainText(TEXT, { ...TINY, gpu, onProgress });
    const { step, numSteps, loss } = seen.at(-1)!;
    assertEquals([step, numSteps], [2, 2]);
    assert(loss > 0 && loss < 10, `${loss}`);
    const samples = await model.sample({ numSamples: 2, numSteps: 2 });
    assertEquals(samples.map(({ tokens }) => tokens.length), [12, 12]);
    assertEquals(folders.length, 1);
    assertEquals(await exists(folders[0]!), false);
  } finally {
    Deno.makeTempDir = makeTempDir;
  }
});

gpuTest(
  "trainText() goes on in a folder where it was stopped, to the same weights",
  async (gpu) => {
    await withFolder(async (root) => {
      const options = { ...TINY, gpu, numSteps: 4 };
      const write = async (folder: string) => {
        using model = await FlowLanguageModel.load(folder, { gpu });
        return (await model.sample({ numSteps: 2 }))[0]!.tokens;
      };
      using whole = await trainText(TEXT, { ...options, folder: `${root}/whole` });
      const stop = new AbortController();
      const folder = `${root}/stopped`;
      const stopped = trainText(TEXT, {
        ...options,
        folder,
        signal: stop.signal,
        onProgress: () => stop.abort(new Error("enough")),
      });
      await assertRejects(() => stopped, Error, "enough");
      assert(await exists(`${folder}/latest.json`));
      using resumed = await trainText(TEXT, { ...options, folder });
      assertEquals(resumed.state.step, whole.state.step);
      assertEquals(await write(folder), await write(`${root}/whole`));
      const others: [string, TrainTextOptions][] = [[`${TEXT} Or not.`, {}], [TEXT, { length: 9 }]];
      for (const [text, changes] of others) {
        await assertRejects(
          () => trainText(text, { ...options, folder, ...changes }),
          DataError,
          `The run in ${folder} was trained on another text, or with another tokenizer`,
        );
        // Its shards are there yet.
        using again = await trainText(TEXT, { ...options, folder });
        assertEquals(again.state.step, whole.state.step);
      }
    });
  },
);

gpuTest("trainText() learns byte pairs, which the checkpoint keeps", async (gpu) => {
  await withFolder(async (folder) => {
    const text = "The ships went to the sea, and the sea came to the ships. ".repeat(20);
    const options: TrainTextOptions = { ...TINY, gpu, folder, tokenizer: "bpe", vocabSize: 260 };
    using model = await trainText(text, options);
    assertEquals([model.tokenizer.name, model.network.config.vocabSize], ["bpe", 260]);
    await Deno.remove(`${folder}/shards`, { recursive: true });
    using loaded = await FlowLanguageModel.load(folder, { gpu });
    assertEquals(loaded.tokenizer.fingerprint, model.tokenizer.fingerprint);
    assert(await exists(`${folder}/checkpoints/0000002/tokenizer.json`));
    const [sample] = await loaded.sample({ numSteps: 2, prompt: "The sea" });
    assertEquals(sample!.text.slice(0, 7), "The sea");
  });
});

gpuTest("trainText() says that a text is too short", async (gpu) => {
  const cases: [string, string][] = [
    ["", "The corpus text is empty"],
    ["hi", "The corpus text is shorter than one block: it has 3 tokens"],
    ["so it goes", "The corpus text is too short: its"],
  ];
  for (const [text, message] of cases) {
    await assertRejects(() => trainText(text, { ...TINY, gpu }), DataError, message);
  }
});

gpuTest(
  "trainText() refuses methods that make nothing of a text alone that writes",
  async (gpu) => {
    const cases: [string, string][] = [
      ["ar", "the method ar makes models that do not write"],
      ["psd", "the method psd learns from trained models, too (flm). Choose one of flm"],
      ["flmm", 'unknown method "flmm"; did you mean flm?'],
    ];
    for (const [method, message] of cases) {
      await assertRejects(() => trainText(TEXT, { ...TINY, gpu, method }), ConfigError, message);
    }
  },
);

gpuTest("trainText() does not take nothing for a folder", async (gpu) => {
  for (const folder of ["", " ", 5 as unknown as string]) {
    await assertRejects(
      () => trainText(TEXT, { ...TINY, gpu, folder }),
      ConfigError,
      "Expected the folder of the run as text, a path, found",
    );
  }
});

Deno.test("trainText() names the number of steps alone if that is wrong", async () => {
  for (const numSteps of [NaN, 0, 2.5]) {
    const { message } = await assertRejects(() => trainText(TEXT, { numSteps }), ConfigError);
    const expected = "expected an integer of at least 1";
    assertEquals(message, `trainText(): numSteps: ${expected}, found ${numSteps}`);
  }
});

Deno.test("trainText() refuses options that it does not know", async () => {
  await assertRejects(
    () => trainText(TEXT, { numStep: 2 } as TrainTextOptions),
    ConfigError,
    "trainText() has no option numStep; did you mean numSteps?",
  );
});
