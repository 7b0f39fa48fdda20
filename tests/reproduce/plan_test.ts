/**
 * The jobs of a recipe and what they depend on.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Config, parseConfig } from "../../lib/config/config.ts";
import { type Job, planRecipe, recipeTrainings } from "../../tasks/reproduce/plan.ts";

const LETTERS = {
  name: "tiny",
  data: {
    source: { kind: "letters" },
    tokenizer: "letters",
    length: 8,
    packing: "unwrapped",
    dir: "shards/tiny",
  },
  model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
  train: { numSteps: 10, batchSize: 4 },
  distill: { train: { numSteps: 7 } },
};

function configWith(changes: Record<string, unknown> = {}): Config {
  const document: Record<string, unknown> = structuredClone(LETTERS);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let mapping = document;
    for (const key of keys) mapping = (mapping[key] ??= {}) as Record<string, unknown>;
    mapping[last] = value;
  }
  return parseConfig(document);
}

function plan(
  changes: Record<string, unknown> = {},
  overrides: Record<string, string> = {},
): Promise<Job[]> {
  return planRecipe(configWith(changes), { file: "data/tiny.yaml", overrides });
}

Deno.test("planRecipe() lists the tasks of a one-stage distillation with their arguments", async () => {
  const jobs = await plan({}, { "optim.lr": "1e-3" });
  const config = ["--config", "data/tiny.yaml", "--optim.lr=1e-3"];
  assertEquals(jobs.map(({ task, folder, args }) => [task, folder, args]), [
    ["preprocess", "shards/tiny", config],
    ["train", "runs/tiny", config],
    ["distill", "runs/tiny-distill", [...config, "--teacher", "runs/tiny"]],
    ["evaluate", "runs/tiny", [...config, "--checkpoint", "runs/tiny"]],
    ["evaluate", "runs/tiny-distill", [...config, "--checkpoint", "runs/tiny-distill"]],
  ]);
  const steps = jobs.flatMap((job) => "numSteps" in job ? [job.numSteps] : []);
  assertEquals(steps, [10, 7]);
});

Deno.test("planRecipe() adds the second stage to a semigroup distillation", async () => {
  const jobs = await plan({ "distill.method": "semigroup" });
  assertEquals(jobs.map(({ task }) => task), [
    "preprocess",
    "train",
    "distill",
    "distill:second",
    "evaluate",
    "evaluate",
    "evaluate",
  ]);
  assertEquals(jobs[3]!.args.slice(2), [
    "--teacher",
    "runs/tiny",
    "--flow-map",
    "runs/tiny-distill",
  ]);
  assertEquals(
    recipeTrainings(configWith({ "distill.method": "semigroup" })).map(({ method }) => method.kind),
    ["flm", "semigroup", "second_stage"],
  );
});

Deno.test("planRecipe() has samples judged if the recipe says by whom", async () => {
  const recipe = { "evaluation.numSteps": [1, 4], "evaluation.gammas": [0, 0.5] };
  const judged = async (judge: string) => {
    const jobs = await plan({ ...recipe, "evaluation.judge": judge });
    return jobs.filter(({ task }) => task === "gen-ppl" || task === "train-ar")
      .map((job) => {
        const judge = job.task === "gen-ppl" ? job.judge : undefined;
        return [job.task, job.folder, job.args.join(" "), judge];
      });
  };
  const samples = "--num-samples 64 --seed 0 --batch-size 16";
  const gpt2 = `--judge gpt2-large --steps 1,4`;
  assertEquals(await judged("gpt2-large"), [
    [
      ...["gen-ppl", "runs/tiny"],
      `--checkpoint runs/tiny ${gpt2} ${samples} --max-tokens 8`,
      { name: "gpt2-large", maxTokens: 8 },
    ],
    [
      ...["gen-ppl", "runs/tiny-distill"],
      `--checkpoint runs/tiny-distill ${gpt2} --gamma 0,0.5 ${samples} --max-tokens 8`,
      { name: "gpt2-large", maxTokens: 8 },
    ],
  ]);
  const own = "--judge runs/tiny-ar --steps 1,4";
  const ar = { name: "runs/tiny-ar", maxTokens: null };
  assertEquals(await judged("ar"), [
    ["train-ar", "runs/tiny-ar", "--config data/tiny.yaml", undefined],
    ["gen-ppl", "runs/tiny", `--checkpoint runs/tiny ${own} ${samples}`, ar],
    [
      ...["gen-ppl", "runs/tiny-distill"],
      `--checkpoint runs/tiny-distill ${own} --gamma 0,0.5 ${samples}`,
      ar,
    ],
  ]);
});

Deno.test("planRecipe() trains what judges the validations of other trainings before them", async () => {
  const order = async (changes: Record<string, unknown>) =>
    (await plan({ "train.evalSamples": 4, ...changes })).map(({ task }) => task)
      .filter((task) => !["preprocess", "evaluate", "gen-ppl"].includes(task));
  const ordered = ["train-ar", "train", "distill"];
  for (const judge of ["ar", "tiny-ar", "runs/tiny-ar"]) {
    assertEquals(await order({ "train.evalJudge": judge }), ordered);
  }
  const ofDistillation = { "distill.train.evalJudge": "ar", "evaluation.judge": "ar" };
  assertEquals(await order(ofDistillation), ordered);
  assertEquals(await order({ "evaluation.judge": "tiny-ar" }), ["train", "distill", "train-ar"]);
  assertEquals(await order({ "train.evalJudge": "gpt2-large" }), ["train", "distill"]);
});

Deno.test("planRecipe() judges anew when model, judge or samples change", async () => {
  const recipe = { "evaluation.judge": "ar", "ar.train.numSteps": 5 };
  const before = await plan(recipe);
  const steps = before.flatMap((job) => job.task === "train-ar" ? [job.numSteps] : []);
  assertEquals(steps, [5]);
  const changed = async (path: string, value: unknown) => {
    const after = await plan({ ...recipe, [path]: value });
    return before.flatMap(({ task, hash }, i) => hash === after[i]!.hash ? [] : task);
  };
  const judged = ["gen-ppl", "gen-ppl"];
  assertEquals(await changed("ar.optim.lr", 1), ["train-ar", ...judged]);
  assertEquals(await changed("ar.train.logEvery", 7), []);
  assertEquals(await changed("evaluation.seed", 7), ["evaluate", "evaluate", ...judged]);
  assertEquals(await changed("distill.boundaryOneIn", 3), ["distill", "evaluate", "gen-ppl"]);
});

Deno.test("planRecipe() gives a job another hash when what it depends on changes", async () => {
  const semigroup = { "distill.method": "semigroup" };
  const before = await plan(semigroup);
  const changed = async (path: string, value: unknown) => {
    const after = await plan({ ...semigroup, [path]: value });
    return before.flatMap(({ task, hash }, i) => hash === after[i]!.hash ? [] : task);
  };
  const evaluations = ["evaluate", "evaluate", "evaluate"];
  const trainings = ["train", "distill", "distill:second"];
  const cases: [string, unknown, string[]][] = [
    ["data.validationFraction", 0.2, ["preprocess", ...trainings, ...evaluations]],
    ["seed", 5, [...trainings, ...evaluations]],
    ["model.condDim", 16, [...trainings, ...evaluations]],
    ["optim.lr", 1, [...trainings, ...evaluations]],
    ["train.numSteps", 11, [...trainings, ...evaluations]],
    ["train.minutes", 2, [...trainings, ...evaluations]],
    ["train.minutes", null, []],
    ["distill.boundaryOneIn", 3, ["distill", "distill:second", "evaluate", "evaluate"]],
    ["secondStage.boundaryOneIn", 3, ["distill:second", "evaluate"]],
    ["secondStage.optim.beta2", 0.5, ["distill:second", "evaluate"]],
    ["evaluation.numSamples", 3, evaluations],
    // What does not change the results.
    ["name", "other", []],
    ["data.dir", "shards/other", []],
    ["train.microBatchSize", 2, []],
    ["train.recompute", "block", []],
    ["train.keepCheckpoints", 9, []],
    ["train.logEvery", 9, []],
    ["sampling.numSteps", [3], []],
    ["evaluation.batchSize", 3, []],
    ["evaluation.bounds", [{ model: "flm", numSteps: 1, validity: 0 }], []],
  ];
  for (const [path, value, expected] of cases) {
    assertEquals(await changed(path, value), expected, path);
  }
});
