/**
 * Commands in messages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { pathForCaller, taskCommand } from "../../lib/io/task_command.ts";

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

Deno.test("taskCommand() gives paths as they are seen where the person stands", () => {
  const args = ["--config", "data/a.yaml", "--judge", "runs/a-ar", "--name", "data/x"];
  const project = Deno.cwd();
  const cases: [folder: string | undefined, config: string, judge: string][] = [
    [undefined, "data/a.yaml", "runs/a-ar"],
    [project, "data/a.yaml", "runs/a-ar"],
    [`${project}/data`, "a.yaml", `${project}/runs/a-ar`],
    ["/nowhere", `${project}/data/a.yaml`, `${project}/runs/a-ar`],
  ];
  for (const [folder, config, judge] of cases) {
    assertEquals(
      taskCommand("x", args, { launcher: "./flm", folder }),
      `./flm x --config ${config} --judge ${judge} --name data/x`,
    );
  }
  const caller = { launcher: undefined, folder: "/nowhere" };
  assertEquals(pathForCaller("https://host/runs/a", caller), "https://host/runs/a");
  assertEquals(
    taskCommand("x", ["--judge", "openai/gpt2"], caller),
    "deno task x --judge openai/gpt2",
  );
});
