/**
 * The public API, used as its example does, and mod.ts as a program.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Corpus,
  createTokenizer,
  FlowLanguageModel,
  parseConfig,
  preprocess,
  trainRun,
} from "../mod.ts";
import { withFolder } from "./testing/folder.ts";
import { gpuTest } from "./testing/gpu.ts";
import { deno } from "./testing/program.ts";

const HELP = `Usage: deno run mod.ts COMMAND [flags]

Flow Language Models on WebGPU.

Commands:
  sample  Writes text with a trained model.

deno run mod.ts COMMAND --help lists a command's flags.
`;

gpuTest("mod.ts trains on a corpus of one's own and writes text", async (gpu) => {
  await withFolder(async (folder) => {
    const corpus: Corpus = {
      name: "mine",
      location: { kind: "file", path: "mine.txt" },
      identity: () => Promise.resolve("version 1"),
      parts: () =>
        Promise.resolve({
          train: [{
            name: "mine",
            documents: 1,
            async *pieces() {
              yield await Promise.resolve({ text: "so it goes ".repeat(40), endOfDocument: true });
            },
          }],
          validation: null,
        }),
    };
    const config = parseConfig({
      name: "mine",
      data: { source: corpus.location, length: 16, dir: `${folder}/shards` },
      model: { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16 },
      train: { numSteps: 2, batchSize: 2, evalBatches: 1 },
    });
    await preprocess(corpus, await createTokenizer("text8"), config.data);
    const run = `${folder}/run`;
    const { step, checkpoint } = await trainRun({ gpu, config, run, resume: false });
    assertEquals([step, checkpoint], [2, `${run}/checkpoints/0000002`]);

    using model = await FlowLanguageModel.load(run, { gpu });
    const samples = await model.sample({ numSamples: 2, numSteps: 2, seed: 1 });
    assertEquals(samples.map(({ tokens }) => tokens.length), [16, 16]);
    for (const { text } of samples) assertMatch(text, /^[a-z \n]*$/);
  });
});

Deno.test("mod.ts prints its help when no command is given, or help is asked for", async () => {
  for (const args of [[], ["help"], ["--help"], ["-h"]]) {
    const { code, stdout } = await deno(["run", "--no-prompt", "mod.ts", ...args]);
    assertEquals([code, stdout], [0, HELP]);
  }
});

Deno.test("mod.ts prints a command's help", async () => {
  const { code, stdout } = await deno(["run", "--no-prompt", "mod.ts", "sample", "--help"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^Usage: deno run mod\.ts sample \[RUN\] \[flags\]\n/);
  assertStringIncludes(stdout, "--num-samples TEXTS  How many texts to write. (a whole number of");
});

Deno.test("mod.ts names the nearest command when it does not know one", async () => {
  const near = await deno(["run", "--no-prompt", "mod.ts", "sampel"]);
  assertEquals([near.code, near.stdout], [1, ""]);
  assertEquals(near.stderr, `error: Unknown command "sampel". Did you mean sample?\n\n${HELP}`);
  const far = await deno(["run", "--no-prompt", "mod.ts", "--checkpoint"]);
  assertEquals(far.stderr, `error: Unknown command "--checkpoint".\n\n${HELP}`);
});

Deno.test("mod.ts names the nearest flag when it does not know one", async () => {
  const { code, stderr } = await deno(
    ["run", "--no-prompt", "mod.ts", "sample", "--checkpiont", "runs/demo"],
  );
  assertEquals([code, stderr], [
    1,
    "error: --checkpiont: unknown flag; did you mean --checkpoint?\n",
  ]);
});
