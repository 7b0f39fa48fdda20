import { assertEquals } from "@std/assert";
import { dawnCommand } from "../../tasks/reproduce/dawn_command.ts";

Deno.test("dawnCommand() lets tasks that use a GPU load native code, and no others", () => {
  const permissions = {
    train: { read: true, env: ["INIT_CWD", "FLM_BACKEND"] },
    look: { read: true, env: ["INIT_CWD"] },
  } as const;
  const tasks = {
    train: { command: 'deno run --quiet -P=train --allow-write="runs" tasks/train.ts a' },
    inspect: { command: "deno run --quiet -P=look tasks/inspect.ts" },
    kernels: { command: "deno run --quiet --allow-read=kernels tasks/kernels.ts" },
    bundle: { command: "deno bundle mod.ts" },
  };
  const found = Object.keys(tasks).map((task) => dawnCommand(task, { tasks, permissions }));
  const command =
    'deno run --allow-ffi --no-lock --quiet -P=train --allow-write="runs" tasks/train.ts a';
  assertEquals(found, [command, null, null, null]);
  assertEquals(dawnCommand("none", { tasks, permissions }), null);
});
