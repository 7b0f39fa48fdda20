/**
 * A method from outside lib/, by the public API alone: registered, trained, resumed, validated and
 * sampled.
 *
 * @module
 */

import { ConfigError, FlowLanguageModel, type Gpu, loadConfig, trainRun } from "@flm/flm";
import { methodOf, registerMethod } from "@flm/flm/methods";
import { Checkpoint, readMetrics } from "@flm/flm/train";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { configToYaml } from "../../lib/config/config_file.ts";
import { recipeMethods, requireRecipe } from "../../lib/methods/recipe.ts";
import { gpuTest } from "../testing/gpu.ts";
import { maskedDiffusion } from "../testing/masked_diffusion.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

registerMethod(maskedDiffusion);

/** A recipe of the method, as people write it. */
async function writeRecipe(file: string, text: string, options: string): Promise<void> {
  const recipe = text.replace("method: flm\noptions: {}\n", `method: masked_diffusion\n${options}`);
  assert(recipe !== text);
  await Deno.writeTextFile(file, recipe);
}

/** Trains a recipe, in one go or cut off after some steps and resumed. */
async function train(gpu: Gpu, file: string, run: string, cutAt: number | null): Promise<void> {
  const config = await loadConfig(file);
  const stop = new AbortController();
  await trainRun({
    ...{ gpu, config, run, resume: false, signal: stop.signal },
    onSteps: ({ step }) => cutAt !== null && step >= cutAt && stop.abort(),
  });
  if (cutAt !== null) await trainRun({ gpu, config, run, resume: true });
}

async function contentsOf(run: string) {
  const { location, state: { kind, step } } = await Checkpoint.open(run);
  const records = await readMetrics(`${run}/metrics.jsonl`);
  const metrics = records.map(({ kind, step, loss }) => ({ kind, step, loss: Number(loss) }));
  return { kind, step, metrics, weights: await Deno.readFile(`${location}/model.safetensors`) };
}

gpuTest(
  "a method from outside trains, validates, resumes to the bit and writes text",
  (gpu) =>
    withTinyRun(40, async (tiny, run) => {
      const file = `${run}.yaml`;
      const yaml = await configToYaml({ ...tiny, optim: { ...tiny.optim, lr: 1e-2 } });
      await writeRecipe(file, yaml, "options:\n  minMasked: 0.3\n");
      await train(gpu, file, run, null);
      await train(gpu, file, `${run}-cut`, 7);
      const whole = await contentsOf(run);
      assertEquals([whole.kind, whole.step], ["masked_diffusion", 40]);
      assertEquals(await contentsOf(`${run}-cut`), whole);
      const losses = whole.metrics.filter(({ kind }) => kind === "validation");
      const guessing = Math.log(30);
      assert(
        losses.at(-1)!.loss < 0.9 * guessing,
        `${losses.at(-1)!.loss} after ${losses[0]!.loss}`,
      );

      using model = await FlowLanguageModel.load(run, { gpu });
      assertEquals(model.method.title, "masked diffusion model");
      const drawn = await model.sample({ numSamples: 3, numSteps: 4, seed: 5 });
      const again = await model.sample({ numSamples: 3, numSteps: 4, seed: 5, batchSize: 2 });
      assertEquals(again, drawn);
      assertEquals(drawn.map(({ tokens }) => tokens.length), [12, 12, 12]);
      const states: number[] = [];
      const onStep = ({ step }: { step: number }) => void states.push(step);
      const [prompted] = await model.sample({ numSteps: 3, prompt: "fox ", onStep });
      assert(prompted!.text.startsWith("fox "), prompted!.text);
      assertEquals(states, [1, 2, 3]);
      const error = await assertRejects(() => model.sample({ renewal: 0.5 }));
      assertStringIncludes(String(error), 'this one is of kind "masked_diffusion"');
      assertEquals(await model.sample({ numSamples: 3, numSteps: 4, seed: 5, topP: 1 }), drawn);
      for (const name of ["temperature", "topP"]) {
        const error = await assertRejects(() => model.sample({ [name]: 0.5 }));
        assertStringIncludes(
          String(error),
          `${name} changes a network's probabilities, and models of kind "masked_diffusion" write`,
        );
      }
    }),
);

gpuTest(
  "a recipe of a method from outside is held against what the method knows",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      const own = { ...config, method: "masked_diffusion", options: { minMasked: 0.2 } };
      // Nothing distils it.
      assertEquals(recipeMethods(own).map(({ kind }) => kind), ["masked_diffusion"]);
      requireRecipe(own, "own.yaml");
      assertEquals(methodOf("masked_diffusion").inputs(own), {
        method: "masked_diffusion",
        minMasked: 0.2,
      });
      const wrong = (options: Record<string, number>) =>
        trainRun({ gpu, config: { ...own, options }, run, resume: false });
      await assertRejects(
        () => wrong({ minMaskd: 0.2 }),
        ConfigError,
        "options.minMaskd: unknown key; did you mean minMasked?",
      );
      await assertRejects(
        () => wrong({ minMasked: 0 }),
        ConfigError,
        "options.minMasked: expected a number greater than 0 and at most 1, found 0",
      );
    }),
);
