import { assert, assertEquals } from "@std/assert";
import { meanTokenEntropy } from "../../lib/eval/entropy.ts";
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
      const none = { ...config.train, evalSamples: 0 };
      const parts = { network: model.network, teacher: undefined, schedule: model.schedule };
      const { tokenizer } = model;
      const write = validationTexts({ method, config });
      assertEquals(await write({ ...parts, tokenizer, train: none }), []);
    }),
);
