/**
 * The evaluation of a model of text.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type FileSourceConfig, parseConfig } from "../../lib/config/config.ts";
import { CheckpointError, ConfigError, FlmError } from "../../lib/errors.ts";
import { EVALUATION_FILE } from "../../lib/eval/evaluation.ts";
import { evaluate } from "../../tasks/measuring/evaluate.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

function config(tokenizer: string) {
  return parseConfig({
    name: "tiny",
    data: { source: { kind: "file", path: "tiny.txt" }, tokenizer, length: 12, dir: "shards/tiny" },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
    train: { numSteps: 1, batchSize: 1 },
    evaluation: { numSteps: [2, 1], gammas: [0, 0.5], numSamples: 3, batchSize: 2, seed: 5 },
  });
}

gpuTest("evaluate() samples with every number of steps and measures the texts", async (gpu) => {
  await withFolder(async (run) => {
    await writeTinyCheckpoint(gpu, run);
    const evaluation = await evaluate(gpu, config("text8"), run);
    assertEquals([evaluation.model, evaluation.step], ["flm", TINY_STEP]);
    assertEquals(evaluation.settings, {
      numSteps: [2, 1],
      gammas: [0, 0.5],
      numSamples: 3,
      seed: 5,
    });
    // An FLM takes no gamma.
    assertEquals(evaluation.results.map(({ numSteps, gamma }) => [numSteps, gamma]), [
      [2, null],
      [1, null],
    ]);
    for (const { texts, metrics } of evaluation.results) {
      const [entropy, uniqueTokens] = [metrics.entropy!, metrics.uniqueTokens!];
      assertEquals(texts.length, 3);
      assert(uniqueTokens > 1 && uniqueTokens <= 12, `${uniqueTokens} unique tokens`);
      assert(entropy > 0 && entropy <= Math.log(12), `${entropy} nats`);
      // The entropy of n kinds of tokens is at most ln n; so is its mean.
      assert(entropy <= Math.log(uniqueTokens) + 1e-9, `${entropy}, ${uniqueTokens}`);
      assertEquals(Object.keys(metrics), ["entropy", "uniqueTokens"]);
    }
    assertEquals(await evaluate(gpu, config("text8"), run), evaluation);
    const sharpening = { temperatures: [1, 0.5], topPs: [0.7] };
    const sharpened = await evaluate(gpu, config("text8"), run, "ema", sharpening);
    assertEquals(sharpened.settings, { ...evaluation.settings, ...sharpening });
    assertEquals(
      sharpened.results.map(({ numSteps, temperature, topP }) => [numSteps, temperature, topP]),
      [[2, undefined, 0.7], [2, 0.5, 0.7], [1, undefined, 0.7], [1, 0.5, 0.7]],
    );
    assert(sharpened.results[0]!.texts.join() !== evaluation.results[0]!.texts.join());
    if (gpu.hasF16) {
      const rounded = await evaluate(gpu, config("text8"), run, "ema", {}, { precision: "f16" });
      assertEquals(rounded.settings, { ...evaluation.settings, precision: "f16" });
      const exact = await evaluate(gpu, config("text8"), run, "ema", {}, { precision: "f32" });
      assertEquals(exact, evaluation);
    }
    const last = await evaluate(gpu, config("text8"), run, "model");
    assertEquals([evaluation.weights, last.weights], ["ema", "model"]);
    assert(last.results[0]!.texts[0] !== evaluation.results[0]!.texts[0]);
    await writeTinyCheckpoint(gpu, run, { seed: 10 });
    assert((await evaluate(gpu, config("text8"), run)).checkpoint !== evaluation.checkpoint);
    await assertRejects(
      () => evaluate(gpu, config("letters"), run),
      ConfigError,
      'data.tokenizer was "text8", is "letters". Give the one that it was trained with',
    );
    const other = config("text8");
    const longer = { ...other, data: { ...other.data, length: 13 } };
    await assertRejects(() => evaluate(gpu, longer, run), ConfigError, "data.length was 12, is 13");
    // Where its text lay does not matter.
    const source = { ...other.data.source, path: "moved.txt" } as FileSourceConfig;
    const moved = { ...other, data: { ...other.data, source } };
    assertEquals((await evaluate(gpu, moved, run)).step, TINY_STEP);
    // Before a text is written: where it goes.
    await Deno.mkdir(`${run}/${EVALUATION_FILE}`);
    await assertRejects(
      () => evaluate(gpu, config("text8"), run),
      FlmError,
      `${EVALUATION_FILE}: a folder has that name`,
    );
    await writeTinyCheckpoint(gpu, run, { kind: "ar" });
    await assertRejects(
      () => evaluate(gpu, config("text8"), run),
      CheckpointError,
      "holds a model that does not write text: autoregressive model",
    );
  });
});
