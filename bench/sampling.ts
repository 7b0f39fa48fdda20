/**
 * How long it takes to write texts, from the start of the program on: `deno task bench:sampling`.
 *
 * Each figure is of a process of its own, `mod.ts sample`, as people run it. Models of the paper's
 * sizes have random weights: these take the same time as others.
 *
 * @module
 */

import { writeCheckpoint } from "../lib/checkpoint/writer.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { formatBytes } from "../lib/cli/format.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { runMain } from "../lib/cli/main.ts";
import { print } from "../lib/cli/stdout.ts";
import { FlmError } from "../lib/errors.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { networkConfig } from "../lib/methods/base/network_config.ts";
import { Dit } from "../lib/model/dit.ts";
import { initialise } from "../lib/model/initialise.ts";
import { FlowLanguageModel } from "../lib/sampling/flow_language_model.ts";
import { SHOWCASE } from "../lib/sampling/showcase.ts";
import { integer, list, number, text } from "../lib/schema/field.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { tokenizerOf } from "../lib/text/create_tokenizer.ts";

/** What the name of the model that comes with flm is here. */
const OWN = "showcase";
/** Kernels that are shown. */
const MOST_KERNELS = 8;

/** What a process says of its times, all in seconds. */
interface Times {
  startSeconds: number;
  loadSeconds: number;
  seconds: number;
}

/** Makes a run of a recipe's FLM with random weights. */
async function randomRun(gpu: Gpu, recipe: string, folder: string): Promise<string> {
  const config = await loadRecipe(recipe, {});
  const tokenizer = await tokenizerOf(config.data);
  const model = { ...networkConfig(config, tokenizer), dropout: 0 };
  using network = Dit.create(gpu, model, false);
  initialise(network, 1, { headInit: "embedding" });
  const { name, fingerprint } = tokenizer;
  return await writeCheckpoint(
    gpu,
    `${folder}/${recipe.replaceAll("/", "-")}`,
    {
      ...{ format: "flm-checkpoint", version: 1, kind: "flm", step: 1, model },
      ...{ tokenizer: { name, fingerprint }, dataHash: "", config, adapter: gpu.adapterName },
    },
    { ema: network.parameters.tensors },
    1,
  );
}

/** Writes texts in a process of its own. */
async function timesOf(location: string, numSteps: number, numTexts: number): Promise<Times> {
  const args = ["--checkpoint", location, "--steps", `${numSteps}`, "--stats", "--format", "json"];
  const texts = ["--num-samples", `${numTexts}`, "--batch-size", `${numTexts}`];
  const mod = new URL("../mod.ts", import.meta.url).href;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "--allow-import", mod, "sample", ...args, ...texts],
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new FlmError(`Cannot write texts with ${location}: ${decode(stderr)}`);
  return JSON.parse(decode(stdout)).stats;
}

/** Where the time of a step goes, in shares of the device's time. */
async function printProfile(location: string): Promise<void> {
  using model = await FlowLanguageModel.load(location);
  const { gpu } = model;
  await model.sample({ numSteps: 2 });
  gpu.startProfile();
  await model.sample({ numSteps: 2 });
  const rows = await gpu.endProfile();
  const total = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  const shares = new Map<string, number>();
  for (const { kernel, seconds } of rows) {
    const name = kernel.split(/[ {(]/)[0]!;
    shares.set(name, (shares.get(name) ?? 0) + seconds / total);
  }
  const shown = [...shares].sort(([, a], [, b]) => b - a).slice(0, MOST_KERNELS)
    .map(([name, share]) => `${name} ${(100 * share).toFixed(0)} %`);
  print(`Kernels: ${shown.join(", ")}`);
}

/** Seconds of reading the weights into memory, as a measure of loading them. */
async function printReading(location: string): Promise<void> {
  const path = location.startsWith("file:")
    ? new URL(`${location}/model.safetensors`)
    : `${location}/ema.safetensors`;
  const start = performance.now();
  const { length } = await Deno.readFile(path);
  const seconds = (performance.now() - start) / 1000;
  print(`Reading its weights, ${formatBytes(length)}, takes ${seconds.toFixed(2)} s.`);
}

async function measureModel(
  title: string,
  location: string,
  { steps, texts, patience }: {
    steps: readonly number[];
    texts: readonly number[];
    patience: number;
  },
): Promise<void> {
  print(`\n${title}`);
  await printReading(location);
  print(["texts", "steps", "start s", "load s", "texts s", "s/step"].map(cell).join(""));
  let perText = 0;
  for (const numTexts of texts) {
    for (const numSteps of steps) {
      if (perText * numTexts * numSteps > patience) continue;
      const { startSeconds, loadSeconds, seconds } = await timesOf(location, numSteps, numTexts);
      perText = seconds / (numTexts * numSteps);
      const figures = [startSeconds, loadSeconds, seconds, seconds / numSteps];
      const shown = [`${numTexts}`, `${numSteps}`, ...figures.map((each) => each.toFixed(2))];
      print(shown.map(cell).join(""));
    }
  }
  await printProfile(location);
}

function cell(text: string): string {
  return text.padStart(9);
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Measures how long it takes to write texts, from the start of the program on.",
  flags: {
    models: list(text(), {
      doc: `Recipes, of which random weights are made, and "${OWN}".`,
      fallback: [OWN, "lm1b", "owt"],
    }),
    steps: list(integer({ min: 1, unit: "steps" }), {
      doc: "Sampler steps.",
      fallback: [1, 4, 32],
    }),
    texts: list(integer({ min: 1, unit: "texts" }), { doc: "Texts at a time.", fallback: [1, 16] }),
    patience: number({
      doc: "Seconds that a figure may take; others are left out.",
      above: 0,
      unit: "seconds",
      fallback: 300,
    }),
  },
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({ name: taskCommand("bench:sampling"), ...COMMAND });
    const folder = await Deno.makeTempDir();
    try {
      for (const name of flags.models) {
        if (name === OWN) {
          await measureModel(OWN, SHOWCASE, flags);
          continue;
        }
        let location: string;
        let title: string;
        {
          using gpu = await Gpu.open();
          location = await randomRun(gpu, `data/${name}.yaml`, folder);
          title = gpu.description;
        }
        await measureModel(`${name}, random weights, on ${title}`, location, flags);
        await Deno.remove(location, { recursive: true });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
