import { assertEquals } from "@std/assert";
import { parseConfig } from "../../lib/config/config.ts";
import { recipeMethods } from "../../lib/methods/recipe.ts";
import { planTraining } from "../../lib/planning/training_plan.ts";
import { daysTable, memoryTable, planTrainings, workTable } from "../../tasks/docs/reproduction.ts";

const config = parseConfig({
  name: "small",
  data: { source: { kind: "letters" }, length: 64, dir: "shards/none" },
  model: { hiddenSize: 128, numBlocks: 2, numHeads: 4 },
  train: { numSteps: 2000, batchSize: 24, microBatchSize: 5 },
  distill: { train: { numSteps: 500, batchSize: 12 } },
});
const tokens = { vocabSize: 1000, padId: null };
const trainings = await planTrainings("Small", config, tokens);

/** The cells of a table in Markdown, without its heading. */
function cells(table: string): string[][] {
  return table.split("\n").slice(2)
    .map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("planTrainings() plans every training of a recipe, with each of the settings", async () => {
  assertEquals(trainings.map(({ name }) => name), ["Small, FLM", "Small, denoiser flow map"]);
  for (const [i, method] of recipeMethods(config).entries()) {
    const { plan, settings } = trainings[i]!;
    assertEquals(plan, await planTraining({ config, method, tokens }));
    assertEquals(settings[0]!.held, plan.held);
    assertEquals(settings.map(({ precision, recompute }) => `${precision} ${recompute}`), [
      ...["f32 none", "f32 mlp", "f32 block"],
      ...["mixed none", "mixed mlp", "mixed block"],
    ]);
  }

  const [, , steps, blocks] = cells(workTable(trainings))[0]!;
  assertEquals([steps, blocks], ["2,000", "24"]);
  assertEquals(cells(memoryTable(trainings)).map(([name, pass]) => [name, pass]), [
    ["Small, FLM", "5"],
    ["Small, denoiser flow map", "4"],
  ]);
  assertEquals(cells(memoryTable(trainings)).map((row) => row.length), [8, 8]);
});

Deno.test("the tables say work in units that fit, and days at the rate of the hardware", () => {
  const [first] = trainings;
  // 1.25 TFLOP a step, 864,000 steps: 1.08 EFLOP.
  const plan = { ...first!.plan, parameters: 2 ** 26, numSteps: 864_000, flops: 1.25e12 };
  const training = { ...first!, plan };
  assertEquals(cells(workTable([training]))[0], [
    ...["Small, FLM", "67,108,864", "864,000", "24", "1.3", "1.1", "1 GiB"],
  ]);
  const hardware = [{ name: "a card", tflops: 1 }, { name: "another", tflops: 1000 }];
  assertEquals(cells(daysTable([training], hardware)), [
    ["a card", "1", "12.5"],
    ["another", "1000", "0.013"],
  ]);
});
