import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import type { Frozen } from "../../lib/checkpoint/frozen.ts";
import { loadFrozen } from "../../lib/checkpoint/models/load_frozen.ts";
import type { Config } from "../../lib/config/config.ts";
import { CheckpointError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { psd } from "../../lib/methods/psd/mod.ts";
import { secondStage } from "../../lib/methods/second_stage/mod.ts";
import { semigroup } from "../../lib/methods/semigroup/mod.ts";
import { trainRun, type TrainRunOptions } from "../../lib/methods/train_run.ts";
import { Dit } from "../../lib/model/dit.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { gpuTest } from "../testing/gpu.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const frozen = (gpu: Gpu, run: string, kind: string) =>
  loadFrozen(gpu, run, { networkClass: Dit, kind, role: "teacher", tokenizer: "text8" });

const withMethod = (config: Config, method: "psd" | "semigroup"): Config => ({
  ...config,
  // The weighting of the loss is tested with one of them.
  distill: { ...config.distill, method, learnableLossWeighting: method === "semigroup" },
});

/** A method, and the models that it learns from. */
type Learning = Required<Pick<TrainRunOptions, "method" | "frozen">>;

/** Trains in one go, and again cut off and resumed: both must be the same to the bit. */
async function trainTwice(
  gpu: Gpu,
  config: Config,
  run: string,
  learning: Learning,
): Promise<void> {
  await trainRun({ gpu, config, ...learning, run, resume: false });
  const stop = new AbortController();
  const cut = { gpu, config, ...learning, run: `${run}-cut` };
  await trainRun({
    ...cut,
    resume: false,
    signal: stop.signal,
    onSteps: ({ step }) => step >= 3 && stop.abort(),
  });
  await trainRun({ ...cut, resume: true });
  const contents = async (folder: string) => {
    const { location, state } = await Checkpoint.open(folder);
    const metrics = (await readMetrics(`${folder}/metrics.jsonl`))
      .map(({ kind, step, loss }) => ({ kind, step, loss }));
    const weights = await Deno.readFile(`${location}/model.safetensors`);
    return { step: state.step, kind: state.kind, metrics, weights };
  };
  assertEquals(await contents(`${run}-cut`), await contents(run));
}

/** Texts of a run, and the kind of model that wrote them. */
async function write(gpu: Gpu, run: string, numSteps: number): Promise<[string, number]> {
  using model = await FlowLanguageModel.load(run, { gpu });
  const samples = await model.sample({ numSamples: 3, numSteps });
  return [model.state.kind, samples.length];
}

gpuTest(
  "a denoiser flow map is distilled, resumed to the bit, and writes text",
  (gpu) =>
    withTinyRun(5, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      using teacher = await frozen(gpu, run, "flm");
      const distilled = withMethod(config, "psd");
      await trainTwice(gpu, distilled, `${run}-psd`, { method: psd, frozen: { teacher } });
      assertEquals(await write(gpu, `${run}-psd`, 1), ["psd", 3]);
    }),
);

gpuTest(
  "both stages of a semigroup distillation follow each other and write text",
  (gpu) =>
    withTinyRun(5, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      using teacher = await frozen(gpu, run, "flm");
      const distilled = withMethod(config, "semigroup");
      await trainTwice(gpu, distilled, `${run}-map`, { method: semigroup, frozen: { teacher } });
      const { state: { model } } = await Checkpoint.open(`${run}-map`);
      assertEquals(model.learnableLossWeighting, true);
      assertEquals(await write(gpu, `${run}-map`, 2), ["semigroup", 3]);

      using flowMap = await frozen(gpu, `${run}-map`, "semigroup");
      const learning = { method: secondStage, frozen: { teacher, flowMap } };
      await trainTwice(gpu, config, `${run}-second`, learning);
      assertEquals(await write(gpu, `${run}-second`, 1), ["second_stage", 3]);
    }),
);

gpuTest(
  "a student goes on learning from the networks that it began with, and from no others",
  (gpu) =>
    withTinyRun(2, async (config, run) => {
      const longer = (numSteps: number) => ({ ...config, train: { ...config.train, numSteps } });
      await trainRun({ gpu, config, run, resume: false });
      using teacher = await frozen(gpu, run, "flm");
      const distilled = withMethod(config, "semigroup");
      const map = `${run}-map`;
      const student = { gpu, config: distilled, run: map, method: semigroup };
      await trainRun({ ...student, frozen: { teacher }, resume: false });
      const { state: { learnedFrom } } = await Checkpoint.open(map);
      assertEquals(learnedFrom, { teacher: teacher.identity });

      await trainRun({ gpu, config: longer(3), run, resume: true });
      using changed = await frozen(gpu, run, "flm");
      const resume = (with_: Frozen<Dit>) => {
        const config = { ...longer(4), distill: distilled.distill };
        return trainRun({ ...student, config, frozen: { teacher: with_ }, resume: true });
      };
      const error = await assertRejects(() => resume(changed), CheckpointError);
      for (
        const part of [
          `The teacher is not the one that ${map} began with`,
          `step 2 (SHA-256 ${teacher.identity.sha256.slice(0, 12)})`,
          `${changed.location} is the network of step 3`,
          "Give that one, checkpoints/0000002 of the teacher's run if it is still there, by --teacher",
          "keeps the newest train.keepCheckpoints of its checkpoints",
        ]
      ) assertStringIncludes(error.message, part);

      using flowMap = await frozen(gpu, map, "semigroup");
      const tokenizer = await createTokenizer("text8");
      assertThrows(
        () => secondStage.training({ config, tokenizer, frozen: { teacher: changed, flowMap } }),
        CheckpointError,
        "does not belong to the teacher",
      );
      // The checkpoint that it began with is still there.
      using same = await frozen(gpu, `${run}/checkpoints/0000002`, "flm");
      assertEquals((await resume(same)).step, 4);
      const second = { gpu, config, run: `${run}-second`, resume: false };
      await trainRun({ ...second, method: secondStage, frozen: { teacher: same, flowMap } });
      assertEquals((await Checkpoint.open(second.run)).state.learnedFrom, {
        teacher: teacher.identity,
        flowMap: flowMap.identity,
      });
    }),
);

gpuTest(
  "loadFrozen() and trainings refuse a teacher that does not fit",
  (gpu) =>
    withTinyRun(1, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      await assertRejects(
        () => frozen(gpu, run, "semigroup"),
        CheckpointError,
        "its kind is flm, expected semigroup",
      );
      await assertRejects(
        () =>
          loadFrozen(gpu, run, {
            networkClass: Dit,
            kind: "flm",
            role: "teacher",
            tokenizer: "letters",
          }),
        CheckpointError,
        "its tokenizer is text8, expected letters",
      );
      using teacher = await frozen(gpu, run, "flm");
      const { network: { config: found, parameters } } = teacher;
      using network = new Dit(gpu, { ...found, length: 20 }, parameters);
      const learning = { method: psd, frozen: { teacher: { ...teacher, network } } };
      const error = await assertRejects(
        () => trainRun({ gpu, config, ...learning, run: `${run}-no`, resume: false }),
        CheckpointError,
      );
      assertStringIncludes(error.message, "its length is 20");
      assertStringIncludes(error.message, "is 12");
    }),
);
