/**
 * A network, an operation and an optimizer from outside lib/, by the public API alone.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { CheckpointError, type Config, FlowLanguageModel, type Gpu, trainRun } from "@flm/flm";
import { registerMethod } from "@flm/flm/methods";
import { Checkpoint, registerOptimizer } from "@flm/flm/train";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { Lion, Mixer, mixer, mixPositions } from "../testing/mixer.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

registerMethod(mixer);
registerOptimizer("lion", (store, optim) => new Lion(store, optim));

gpuTest("an operation from outside has the gradient of its equation", (gpu) => {
  const [samples, length, hidden] = [2, 5, 7];
  return checkOp(gpu, {
    inputs: { x: [samples * length, hidden], w: [length, length] },
    build: (tape, { x, w }) => mixPositions(tape, x!, w!),
    reference: ({ x, w }) =>
      x!.map((_, i) => {
        const [row, h] = [Math.floor(i / hidden), i % hidden];
        const [l, first] = [row % length, row - row % length];
        let sum = 0;
        for (let k = 0; k < length; k++) sum += w![l * length + k]! * x![(first + k) * hidden + h]!;
        return sum;
      }),
  });
});

const withMixer = (config: Config, expansion: number): Config => ({
  ...config,
  method: "mixer",
  options: { expansion },
  optim: { ...config.optim, optimizer: "lion", lr: 1e-3 },
});

/** Trains a run, in one go or cut off after some steps and resumed. */
async function train(gpu: Gpu, config: Config, run: string, cutAt: number | null) {
  const stop = new AbortController();
  await trainRun({
    ...{ gpu, config, run, resume: false, signal: stop.signal },
    onSteps: ({ step }) => cutAt !== null && step >= cutAt && stop.abort(),
  });
  return cutAt === null ? undefined : await trainRun({ gpu, config, run, resume: true });
}

gpuTest(
  "a network and an optimizer from outside train, resume to the bit, and write after a prompt",
  (gpu) =>
    withTinyRun(12, async (tiny, folder) => {
      const config = withMixer(tiny, 3);
      await train(gpu, config, `${folder}/whole`, null);
      await train(gpu, config, `${folder}/cut`, 7);
      const [whole, cut] = await Promise.all(
        ["whole", "cut"].map((name) => Checkpoint.open(`${folder}/${name}`)),
      );
      assertEquals(cut!.state.step, 12);
      assertEquals(cut!.state.files, whole!.state.files);
      assertEquals(whole!.state.model.options, { expansion: 3 });
      using model = await FlowLanguageModel.load(whole!.location, { gpu });
      assert(model.network instanceof Mixer);
      assertEquals(model.network.parameters.get("blocks.0.up.weight").shape, [96, 32]);
      const [sample] = await model.sample({ prompt: "the ", numSteps: 4 });
      assert(sample!.text.startsWith("the "));
      await assertRejects(
        () => trainRun({ gpu, config: withMixer(tiny, 2), run: `${folder}/cut`, resume: true }),
        CheckpointError,
        "its option expansion is 3, the configuration's is 2",
      );
    }),
);
