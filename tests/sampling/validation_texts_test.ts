import { assert, assertEquals } from "@std/assert";
import { firstBlocks } from "../../lib/data/shards/blocks.ts";
import { openShards } from "../../lib/data/shards/shards.ts";
import { meanTokenEntropy, meanUniqueTokens } from "../../lib/eval/entropy.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { validationTexts } from "../../lib/sampling/validation_texts.ts";
import type { ValidationSamples } from "../../lib/train/validation_samples.ts";
import { gpuTest } from "../testing/gpu.ts";
import { BigramJudge } from "../testing/bigram_judge.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

gpuTest(
  "validationTexts() writes what the checkpoint's model writes, and measures it",
  (gpu) =>
    withTinyRun(3, async (tiny, run) => {
      const config = {
        ...tiny,
        train: { ...tiny.train, evalEvery: 0, evalSamples: 3 },
        sampling: { ...tiny.sampling, numSteps: [1, 3], seed: 7 },
      };
      const method = methodOf("flm");
      const seen: (readonly ValidationSamples[])[] = [];
      const judge = await BigramJudge.learn("the quick brown fox jumps over the lazy dog");
      await trainRun({
        ...{ gpu, config, run, resume: false },
        writeSamples: validationTexts({ method, config, judge }),
        onValidation: (_step, _loss, samples) => void seen.push(samples),
      });
      assertEquals(seen.length, 1);
      using model = await FlowLanguageModel.load(run, { gpu });
      for (const [i, numSteps] of config.sampling.numSteps.entries()) {
        const expected = await model.sample({ numSteps, numSamples: 3, seed: 7 });
        const found = seen[0]![i]!;
        assertEquals(found.numSteps, numSteps);
        assertEquals(found.texts, expected.map(({ text }) => text));
        assertEquals(found.metrics.entropy, meanTokenEntropy(expected.map(({ tokens }) => tokens)));
        assert(found.metrics.perplexity! > 1);
      }
      assertEquals(seen[0]!.map(({ ofText }) => ofText), [undefined, undefined]);
      const none = { ...config.train, evalSamples: 0 };
      const { tokenizer } = model;
      using shards = await openShards(config.data.dir);
      const blocks = shards.blocks("validation");
      const parts = {
        ...{ network: model.network, teacher: undefined, schedule: model.schedule },
        ...{ tokenizer, blocks },
      };
      const write = validationTexts({ method, config, judge });
      assertEquals(await write({ ...parts, train: none }), []);

      // What the best checkpoint is kept by is measured of validation text, too: of 64 texts.
      const tokens = firstBlocks(blocks, 64);
      const texts = tokens.map((ids) => tokenizer.decode(ids));
      const { perplexity } = generativePerplexity(await scoreTexts(judge, texts));
      for (
        const [keepBest, expected] of [
          ["entropy", { entropy: meanTokenEntropy(tokens) }],
          ["uniqueTokens", { uniqueTokens: meanUniqueTokens(tokens) }],
          ["perplexity", { perplexity }],
          ["loss", undefined],
        ] as const
      ) {
        const written = validationTexts({ method, config, judge });
        const [first] = await written({ ...parts, train: { ...config.train, keepBest } });
        assertEquals(first!.ofText, expected);
      }
    }),
);
