/**
 * Says what the trainings of a recipe take, without a device:
 * `deno task plan owt [--gpu-memory 80GB] [--cards 8] [--tflops 30] [--KEY VALUE]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { runMain } from "../lib/cli/main.ts";
import { memorySize } from "../lib/cli/memory_size.ts";
import { recipe } from "../lib/cli/names.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { printResult } from "../lib/cli/stdout.ts";
import { configKeys } from "../lib/config/config.ts";
import { recipeMethods } from "../lib/methods/recipe.ts";
import { methodOf, methods } from "../lib/methods/table.ts";
import { tokenSizesOf } from "../lib/planning/token_sizes.ts";
import { integer, number, oneOf, text } from "../lib/schema/field.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { describeRecipePlan } from "./planning/plan_text.ts";
import { planRecipe } from "./planning/recipe_plan.ts";
import { withOwnJudge } from "./runs/judge_place.ts";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Says what memory, work and time the trainings of a recipe take. It needs no device.",
  positionals: [{ name: "RECIPE", flag: "config" }],
  flags: {
    config: recipe({ doc: "What is to be trained." }),
    gpuMemory: optional(memorySize({
      doc: "Memory of a card, for the largest micro-batches; GB is 10⁹ bytes, GiB 2³⁰.",
    })),
    cards: integer({ doc: "Cards that share a batch.", min: 1, unit: "cards", fallback: 1 }),
    tflops: optional(number({
      doc: "The rate that a card reaches in training, in 10¹² operations a second.",
      above: 0,
    })),
    maxBinding: memorySize({
      doc: "The most that the device binds at once; what Deno allows on cards unless told.",
      fallback: 2 ** 31 - 1,
    }),
    kind: oneOf(["gpu", "cpu"], {
      doc: "Whether the kernels are those for graphics cards or for processors.",
      fallback: "gpu",
    }),
    method: optional(text({
      doc: "One training alone; all of the recipe unless told.",
      metavar: methods().map(({ kind }) => kind).join("|"),
    })),
    ...JSON_FLAG,
  },
  overrides: configKeys(),
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({ name: taskCommand("plan"), ...COMMAND });
    const { gpuMemory, cards, tflops, kind, maxBinding: maxBindingBytes } = flags;
    const config = withOwnJudge(await loadRecipe(flags.config, overrides));
    const chosen = flags.method === null
      ? recipeMethods(config)
      : [methodOf(flags.method, "--method")];
    const tokens = await tokenSizesOf(config.data);
    const device = { kind, maxBindingBytes };
    const plan = await planRecipe(config, chosen, tokens, { cards, gpuMemory, tflops, device });
    printResult(plan, () => describeRecipePlan(plan));
  });
}
