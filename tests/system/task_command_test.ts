/**
 * Commands in messages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { pathForCaller, sameCommand, taskCommand } from "../../lib/system/task_command.ts";
import { deno, ROOT } from "../testing/program.ts";

Deno.test("taskCommand() quotes what a shell would take otherwise", () => {
  assertEquals(
    taskCommand("distill:second", [
      "--config",
      "data/a b.yaml",
      "--x=[1]",
      "it's",
      "",
      "--a.b=1e-3",
    ]),
    `deno task distill:second 'data/a b.yaml' '--x=[1]' 'it'\\''s' '' --a.b=1e-3`,
  );
});

Deno.test("taskCommand() names tasks as the person called this one", () => {
  const cases = [
    [undefined, "deno task train"],
    ["./flm", "./flm train"],
    ["/my place/flm", "'/my place/flm' train"],
  ] as const;
  for (const [launcher, command] of cases) {
    assertEquals(taskCommand("train", [], { launcher, folder: undefined }), command);
  }
});

Deno.test("pathForCaller() gives a path as it is seen where the person stands", () => {
  const project = Deno.cwd();
  const cases: [folder: string | undefined, path: string, shown: string][] = [
    [undefined, "data/a.yaml", "data/a.yaml"],
    [project, "data/a.yaml", "data/a.yaml"],
    [project, `${project}/runs/a`, "runs/a"],
    [`${project}/data`, "data/a.yaml", "a.yaml"],
    [`${project}/data`, "runs/a", `${project}/runs/a`],
    ["/nowhere", "runs/a", `${project}/runs/a`],
    ["/nowhere", "https://host/runs/a", "https://host/runs/a"],
  ];
  for (const [folder, path, shown] of cases) {
    assertEquals(pathForCaller(path, { launcher: undefined, folder }), shown);
  }
});

Deno.test("taskCommand() does so with the arguments that are paths", () => {
  const caller = { launcher: "./flm", folder: `${Deno.cwd()}/runs` };
  assertEquals(
    taskCommand("x", ["--resume", "runs/a/checkpoints/1", "--config", "runs/a/c.yaml"], caller),
    "./flm x --resume a/checkpoints/1 --config a/c.yaml",
  );
  assertEquals(
    taskCommand("x", ["--judge", "openai/gpt2", "--resume", "http://host/a"], caller),
    "./flm x --judge openai/gpt2 --resume http://host/a",
  );
});

Deno.test("taskCommand() calls recipes and runs by their names, wherever a person stands", () => {
  const caller = { launcher: undefined, folder: "/nowhere" };
  const shown = (task: string, ...args: string[]) => taskCommand(task, args, caller);
  assertEquals(
    shown("x", "--config", "data/a-b.yaml", "--teacher", "runs/a", "--judge", "runs/b_c"),
    "deno task x --config a-b --teacher a --judge b_c",
  );
  // Neither is what has no such name, nor what is no flag's value.
  assertEquals(
    shown("x", "--name", "runs/c", "data/d.yaml", "--judge", "a/b"),
    "deno task x --name runs/c data/d.yaml --judge a/b",
  );
});

Deno.test("taskCommand() begins with what the task works on", () => {
  assertEquals(
    taskCommand("distill", ["--x=1", "--config", "data/a.yaml", "--teacher", "runs/a"]),
    "deno task distill a --x=1 --teacher a",
  );
  assertEquals(
    taskCommand("evaluate", ["--config", "data/a.yaml", "--checkpoint", "runs/a"]),
    "deno task evaluate a --config a",
  );
  assertEquals(taskCommand("train", ["--resume", "runs/a"]), "deno task train --resume a");
});

Deno.test("taskCommand() knows what the tasks' own help says that they work on", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const programs = Object.keys(tasks)
    .filter((task) => tasks[task].command.includes(" -P=") && !/:(lm1b|owt)$/.test(task));
  for (const task of programs) {
    const { stdout } = await deno(["task", "--quiet", task, "--help"]);
    const [, flag] = /Also as --(config|checkpoint) /.exec(stdout) ?? [];
    for (const each of ["config", "checkpoint"]) {
      const shown = each === flag ? "a" : `--${each} a`;
      assertEquals(taskCommand(task, [`--${each}`, "runs/a"]), `deno task ${task} ${shown}`);
    }
  }
});

Deno.test("sameCommand() gives the arguments back as they came", () => {
  const caller = { launcher: "../flm", folder: `${Deno.cwd()}/runs` };
  assertEquals(
    sameCommand("demo", ["--config", "my own.yaml", "--name=a"], caller),
    "../flm demo --config 'my own.yaml' --name=a",
  );
  assertEquals(sameCommand("demo", [], { launcher: undefined, folder: "/" }), "deno task demo");
});
