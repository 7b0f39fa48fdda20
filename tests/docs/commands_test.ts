import { assertEquals } from "@std/assert";
import { configKeys } from "../../lib/config/config.ts";
import { defineCommand, optional } from "../../lib/cli/flags.ts";
import { boolean, integer, oneOf, text } from "../../lib/schema/field.ts";
import { commandsOf, flagLines } from "../../tasks/docs/commands.ts";

const COMMAND = defineCommand({
  doc: "Writes.",
  positionals: [{ name: "RUN", flag: "checkpoint" }],
  flags: {
    checkpoint: text({ doc: "The\n model." }),
    numSamples: integer({ doc: "How many.", unit: "texts" }),
    precision: optional(oneOf(["f32", "f16"], { doc: "Of matrices." })),
    watch: boolean({ doc: "Shown." }),
  },
});

Deno.test("flagLines() tells of arguments, flags, what stands for values, and what they mean", () => {
  const [, ...lines] = flagLines(new Map([["tasks/a.ts", COMMAND]])).split("\n");
  assertEquals(lines.slice(0, 5), [
    "tasks/a.ts\tRUN\t--checkpoint\tThe model.",
    "tasks/a.ts\t--num-samples\tTEXTS\tHow many.",
    "tasks/a.ts\t--precision\tf32|f16\tOf matrices.",
    "tasks/a.ts\t--watch\t\tShown.",
    "tasks/a.ts\t--quiet\t\tSay nothing but results and errors: no progress, no notes.",
  ]);
  assertEquals(lines[5]!.startsWith("KEYS\t--"), true);
});

Deno.test("flagLines() says which programs take configuration keys, and lists these once", () => {
  const whole = { ...COMMAND, overrides: configKeys() };
  const lines = flagLines(new Map([["tasks/a.ts", whole], ["tasks/b.ts", whole]])).split("\n");
  assertEquals(lines.filter((line) => line.endsWith("\tKEYS")), [
    "tasks/a.ts\tKEYS",
    "tasks/b.ts\tKEYS",
  ]);
  assertEquals(lines.filter((line) => line.startsWith("KEYS\t--optim.lr\t")).length, 1);
});

Deno.test("commandsOf() finds the programs of tasks that tell what they take", async () => {
  const task = (command: string) => ({ description: "", command });
  const commands = await commandsOf({
    tasks: {
      a: task("deno run tasks/inspect.ts"),
      b: task("deno run --allow-write=$(deno run tasks/caller_folder.ts) tasks/inspect.ts"),
      c: task("deno fmt"),
    },
    permissions: {},
  });
  assertEquals([...commands.keys()], ["tasks/inspect.ts"]);
  assertEquals(commands.get("tasks/inspect.ts")!.positionals?.[0]?.name, "SHARDS");
});
