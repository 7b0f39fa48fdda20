/**
 * Commands in messages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { pathForCaller, sameCommand, taskCommand } from "../../lib/system/task_command.ts";

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
    `deno task distill:second --config 'data/a b.yaml' '--x=[1]' 'it'\\''s' '' --a.b=1e-3`,
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
    taskCommand("x", ["--checkpoint", "runs/a", "--judge", "runs/b", "--name", "runs/c"], caller),
    "./flm x --checkpoint a --judge b --name runs/c",
  );
  assertEquals(
    taskCommand("x", ["--judge", "openai/gpt2", "--resume", "http://host/a"], caller),
    "./flm x --judge openai/gpt2 --resume http://host/a",
  );
});

Deno.test("sameCommand() gives the arguments back as they came", () => {
  const caller = { launcher: "../flm", folder: `${Deno.cwd()}/runs` };
  assertEquals(
    sameCommand("demo", ["--config", "my own.yaml", "--name=a"], caller),
    "../flm demo --config 'my own.yaml' --name=a",
  );
  assertEquals(sameCommand("demo", [], { launcher: undefined, folder: "/" }), "deno task demo");
});
