import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { parseConfig } from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { recipeMethods } from "../../lib/methods/recipe.ts";
import { planMemory } from "../../lib/planning/training_plan.ts";
import { showWorkBy, UNSEEN } from "../../lib/system/long_work.ts";
import { describeRecipePlan, settingsTable } from "../../tasks/planning/plan_text.ts";
import { type Cards, planRecipe } from "../../tasks/planning/recipe_plan.ts";

const config = parseConfig({
  name: "small",
  data: { source: { kind: "letters" }, length: 64, dir: "shards/none" },
  model: { hiddenSize: 128, numBlocks: 3, numHeads: 4 },
  train: { numSteps: 2000, batchSize: 24, microBatchSize: 5 },
  distill: { train: { numSteps: 500, batchSize: 12 } },
});
const tokens = { vocabSize: 1000, padId: null };
const cards: Cards = {
  cards: 2,
  gpuMemory: 60e6,
  tflops: 0.01,
  device: { kind: "gpu", maxBindingBytes: 1 << 27 },
};
const methods = recipeMethods(config);

Deno.test("planRecipe() plans every training, with the time of all at the rate of a card", async () => {
  const plan = await planRecipe(config, methods, tokens, cards);
  assertEquals([plan.name, plan.gpuMemory, plan.cards], ["small", 60e6, 2]);
  assertEquals(plan.trainings.map(({ kind }) => kind), ["flm", "psd"]);
  let total = 0;
  for (const [i, { plan: own, settings, secondsPerStep, days }] of plan.trainings.entries()) {
    const { flops: _, traffic: __, ...memory } = own!;
    const options = { config, method: methods[i]!, tokens, cards: 2, device: cards.device };
    assertEquals(memory, await planMemory(options));
    assertEquals(settings[0]!.asked, memory);
    assertEquals(secondsPerStep, own!.flops / 1e10);
    assertEquals(days, secondsPerStep! * own!.numSteps / 86400);
    total += days!;
  }
  assertEquals(plan.trainings.map(({ plan }) => plan!.numSteps), [2000, 500]);
  assertEquals(plan.trainings.map(({ plan }) => plan!.microBatchSize), [4, 3]);
  assertEquals(plan.days, total);

  const text = describeRecipePlan(plan);
  for (
    const line of [
      "Plan of small on 2 cards of 57.2 MiB, with bindings up to 128 MiB and kernels for graphics",
      "12 blocks a step of the batch of 24, in 3 passes of at most 4",
      "models it learns from",
      "precision  recompute  held at 4  most blocks a pass in 57.2 MiB  held then  a step then",
      "12 (all)",
      "  a step of 12 blocks: ",
      "  All settings, with passes as large as these and with the largest:\n  precision  recompute",
      "2,000 steps: ",
      "All trainings at 0.01 TFLOP/s a card: ",
    ]
  ) assertStringIncludes(text, line);
});

Deno.test("planRecipe() says which trainings end in time, before their steps are done", async () => {
  const ending = {
    ...config,
    train: { ...config.train, minutes: 2 },
    distill: { ...config.distill, train: { ...config.distill.train, minutes: 1e6 } },
  };
  const plan = await planRecipe(ending, methods, tokens, cards);
  const [flm, psd] = plan.trainings;
  assertEquals(flm!.days, 2 / 1440);
  assertEquals(flm!.steps, Math.ceil(120 / flm!.secondsPerStep!));
  assert(flm!.steps! < 2000);
  assertEquals(psd!.steps, 500);
  assertEquals(psd!.days, psd!.secondsPerStep! * 500 / 86400);
  assertEquals(plan.days, flm!.days! + psd!.days!);
  const text = describeRecipePlan(plan);
  assertStringIncludes(text, `, ends in time after 2m 00s, some ${flm!.steps} of 2,000 steps`);
  assertStringIncludes(text, ", 500 steps: ");
});

Deno.test("planRecipe() knows no time without a rate, or where a buffer is too large", async () => {
  const flm = methods.slice(0, 1);
  const idle = await planRecipe(config, flm, tokens, { ...cards, tflops: null });
  assertEquals([idle.days, idle.trainings[0]!.secondsPerStep], [null, null]);
  assertStringIncludes(describeRecipePlan(idle), "say by --tflops what a card reaches");

  const device = { ...cards.device, maxBindingBytes: 400_000 };
  const narrow = await planRecipe(config, flm, tokens, { ...cards, device, gpuMemory: 1e6 });
  const [training] = narrow.trainings;
  assertEquals([training!.plan, training!.days, narrow.days], [null, null, null]);
  assertEquals(training!.settings.map(({ asked, largest }) => [asked, largest])[0], [null, null]);
  const text = describeRecipePlan(narrow);
  assertStringIncludes(text, "FLM: a buffer would be larger than a binding.");
  assertStringIncludes(text, "too large");
});

Deno.test("planRecipe() names the cards that cannot share a batch, and describes what is too much", async () => {
  await assertRejects(
    () => planRecipe(config, methods, tokens, { ...cards, cards: 5 }),
    ConfigError,
    "--cards: expected a divisor of train.batchSize (24), found 5",
  );
  await assertRejects(
    () => planRecipe(config, methods, tokens, { ...cards, cards: 8 }),
    ConfigError,
    "--cards: expected a divisor of distill.train.batchSize (12), found 8",
  );
  const plan = await planRecipe(config, methods.slice(0, 1), tokens, { ...cards, gpuMemory: 15e6 });
  assertStringIncludes(describeRecipePlan(plan), "This is more than 13.6 MiB, 95 % of the card.");
  const { settings } = plan.trainings[0]!;
  assertEquals(settingsTable(settings, 15e6).split("\n").length, 7);
});

Deno.test("describeRecipePlan() names the judge of validations, counted or not", async () => {
  const text = async (evalJudge: string) => {
    const judged = { ...config, train: { ...config.train, evalSamples: 4, evalJudge } };
    return describeRecipePlan(await planRecipe(judged, methods.slice(0, 1), tokens, cards));
  };
  const unknown = "The judge of validations, runs/other, comes on top: its size is not known here.";
  assertStringIncludes(await text("runs/other"), `\n  ${unknown}\n`);
  const known = await text("ar");
  assertMatch(known, /\n {2}judge of validations +\d\S* MiB\n/);
  assertEquals(known.includes("comes on top"), false);
});

Deno.test("planRecipe() tells how many settings of a training it has planned", async () => {
  const told: string[] = [];
  showWorkBy(({ label, total, unit }) => ({
    ...UNSEEN,
    add: (count) => void told.push(`${label}: ${count} of ${total} ${unit}s`),
  }));
  try {
    await planRecipe(config, methods, tokens, cards);
  } finally {
    showWorkBy(() => UNSEEN);
  }
  assertEquals(
    told,
    methods.flatMap(({ title }) => Array(6).fill(`plan ${title}: 1 of 6 settings`)),
  );
});
