/**
 * What must also work in a browser: all kernels of training, distillation, sampling and judging
 * compile, though Chrome's WGSL compiler is stricter than Deno's (reserved words, barriers in
 * divergent control flow), and the bundle samples. Skipped where there is no `chromium` on PATH.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { loadFrozen } from "../lib/checkpoint/models/load_frozen.ts";
import { ArJudge } from "../lib/eval/ar_judge.ts";
import { Gpt2Judge } from "../lib/eval/gpt2_judge.ts";
import type { AdapterKind } from "../lib/gpu/adapter.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { methodOf } from "../lib/methods/table.ts";
import { trainRun } from "../lib/methods/train_run.ts";
import { Dit } from "../lib/model/dit.ts";
import { FlowLanguageModel } from "../lib/sampling/flow_language_model.ts";
import { createTokenizer } from "../lib/text/create_tokenizer.ts";
import { makeBundle } from "./testing/bundle.ts";
import { HAS_CHROMIUM, runInChromium } from "./testing/chromium.ts";
import { withFolder } from "./testing/folder.ts";
import { answerFile } from "./testing/static_server.ts";
import { writeTinyCheckpoint } from "./testing/tiny_checkpoint.ts";
import { tinyTrainer } from "./testing/tiny_model.ts";
import { withTinyRun } from "./testing/tiny_run.ts";

const GOLDEN = new URL("golden/", import.meta.url);

/** The kernels of steps with all options, for widths with and without vectors. */
async function recordSteps(gpu: Gpu): Promise<void> {
  const sizes = [[48, "explicit"], [128, "explicit"], [32, "projected"]] as const;
  for (const [hiddenSize, noise] of sizes) {
    using training = tinyTrainer(gpu, new Uint32Array(20 * 9).fill(3), {
      batchSize: 4,
      noise,
      config: { hiddenSize, dropout: 0.1, learnableLossWeighting: true, logitCap: 30 },
    });
    await training.trainer.recordStep();
    await training.trainer.drain();
  }
}

/** Every kind of training, and sampling with what came of it. */
async function recordChain(gpu: Gpu): Promise<void> {
  await withTinyRun(1, async (config, run) => {
    const tokenizer = await createTokenizer(config.data.tokenizer);
    await trainRun({ gpu, config, run, resume: false });
    const role = { role: "teacher", tokenizer: tokenizer.name } as const;
    using teacher = await loadFrozen(gpu, run, { networkClass: Dit, kind: "flm", ...role });
    const distil = (method: "psd" | "semigroup", run: string) => {
      const distilled = { ...config, distill: { ...config.distill, method } };
      const learning = { method: methodOf(method), frozen: { teacher } };
      return trainRun({ gpu, config: distilled, ...learning, run, resume: false });
    };
    await distil("psd", `${run}-psd`);
    await distil("semigroup", `${run}-map`);
    using flowMap = await loadFrozen(gpu, `${run}-map`, {
      networkClass: Dit,
      kind: "semigroup",
      ...role,
    });
    const second = { method: methodOf("second_stage"), frozen: { teacher, flowMap } };
    await trainRun({ gpu, config, ...second, run: `${run}-second`, resume: false });
    for (const each of [run, `${run}-psd`, `${run}-map`, `${run}-second`]) {
      using model = await FlowLanguageModel.load(each, { gpu });
      await model.sample({ numSamples: 2, numSteps: 2, prompt: "the " });
      await model.sample({ numSteps: 2, temperature: 0.5, topP: 0.5 });
    }
    const ar = { ...config, ar: { ...config.ar, train: { ...config.ar.train, numSteps: 1 } } };
    await trainRun({ gpu, config: ar, method: methodOf("ar"), run: `${run}-ar`, resume: false });
    using judge = await ArJudge.load(`${run}-ar`, { gpu });
    await judge.score(Uint32Array.of(4, 5, 6), 3);
  });
}

/** A GPT-2 that judges. */
async function recordGpt2(gpu: Gpu): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.copyFile(new URL("gpt2_weights.safetensors", GOLDEN), `${folder}/model.safetensors`);
    const { model } = JSON.parse(await Deno.readTextFile(new URL("gpt2_weights.json", GOLDEN)));
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(model));
    using judge = await Gpt2Judge.load(folder, { gpu, tokenizer: await createTokenizer("text8") });
    await judge.score(Uint32Array.of(4, 5, 6), 3);
  });
}

/** All of these kernels, expanded, for one kind of adapter. */
async function allKernels(kind: AdapterKind): Promise<[label: string, code: string][]> {
  const kernels = new Map<string, string>();
  using gpu = await Gpu.open({ kind, dumpWgsl: (label, code) => kernels.set(label, code) });
  await recordSteps(gpu);
  await recordChain(gpu);
  await recordGpt2(gpu);
  return [...kernels];
}

/** Compiles all kernels and returns what the browser says. */
const COMPILE_ALL = `
  const kernels = await (await fetch("/kernels")).json();
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("no WebGPU adapter");
  const device = await adapter.requestDevice();
  const problems = [];
  for (const [label, code] of kernels) {
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code });
    for (const { type, lineNum, message } of (await module.getCompilationInfo()).messages) {
      problems.push(label + ":" + lineNum + " " + type + ": " + message);
    }
    device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
    const error = await device.popErrorScope();
    await alive();
    if (error) problems.push(label + ": " + error.message);
  }
  return { compiled: kernels.length, problems };
`;

Deno.test({
  name: "every kernel compiles in Chromium",
  ignore: !HAS_CHROMIUM,
  async fn() {
    const kernels = [...await allKernels("cpu"), ...await allKernels("gpu")];
    const found = await runInChromium(COMPILE_ALL, () => Response.json(kernels));
    assertEquals(found, { compiled: kernels.length, problems: [] });
    assert(kernels.length > 150, `${kernels.length} kernels`);
  },
});

const SAMPLE = `
  const { FlowLanguageModel } = await import("/dist/flm.js");
  using model = await FlowLanguageModel.load(new URL("runs/tiny", location.href).href);
  const samples = await model.sample({ numSamples: 3, numSteps: 2, seed: 5 });
  const { message } = await FlowLanguageModel.load("runs/tiny").catch((error) => error);
  return { texts: samples.map(({ text }) => text), message };
`;

Deno.test({
  name: "the bundle writes the same texts in a page of Chromium as in Deno",
  ignore: !HAS_CHROMIUM,
  async fn() {
    await withFolder(async (folder) => {
      using gpu = await Gpu.open();
      await writeTinyCheckpoint(gpu, `${folder}/runs/tiny`);
      await makeBundle(`${folder}/dist/flm.js`);
      using model = await FlowLanguageModel.load(`${folder}/runs/tiny`, { gpu });
      const samples = await model.sample({ numSamples: 3, numSteps: 2, seed: 5 });
      const found = await runInChromium(
        SAMPLE,
        (request, pathname) => answerFile(folder + pathname, request.headers.get("range")),
      );
      assertEquals(found, {
        texts: samples.map(({ text }) => text),
        message: "runs/tiny is a path, but a page reads http(s) addresses alone: give " +
          'new URL("runs/tiny", document.baseURI).href',
      });
    });
  },
});
