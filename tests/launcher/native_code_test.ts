/**
 * Which tasks the launcher lets load native code.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { dawnCommand, type DenoJson } from "../../tasks/reproduce/dawn_command.ts";
import { callOf, fakeDeno, Sandbox } from "../testing/launcher_sandbox.ts";
import { ROOT } from "../testing/program.ts";

Deno.test("flm lets tasks that use a GPU load native code when the backend is dawn", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const deno = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as DenoJson;
  const config = ["task", "--config", `${sandbox.project}/deno.json`];
  for (const task of Object.keys(deno.tasks)) {
    const command = dawnCommand(task, deno);
    const expected = command === null ? [task] : ["--eval", command];
    // Short forms of other tasks.
    if (deno.tasks[task]!.command.startsWith("deno task ")) continue;
    const { args, cwd, init } = callOf(await sandbox.flm([task, "a b"], { FLM_BACKEND: "dawn" }));
    assertEquals(args, [...config, ...expected, "a b"]);
    assertEquals(cwd, command === null ? sandbox.elsewhere : sandbox.project);
    assertEquals(init, sandbox.elsewhere);
  }
  const short = callOf(await sandbox.flm(["gen-ppl:owt", "--backend", "dawn"])).args;
  const long = dawnCommand("gen-ppl", deno)!;
  assertEquals(short[4]!.startsWith(`${long} owt --steps 8,64,1024 --judge gpt2-large`), true);
  assertEquals(short.slice(5), ["--backend", "dawn"]);
});

Deno.test("flm lets no task load native code unless the backend is dawn", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const env = { FLM_BACKEND: "dawn" };
  const usual: [args: string[], env: Record<string, string>][] = [
    [["train", "demo"], {}],
    [["train", "demo"], { FLM_BACKEND: "builtin" }],
    [["train", "demo", "--backend", "builtin"], env],
    [["train", "demo", "--backend", "dawn", "--backend=builtin"], env],
    [["train", "--", "--backend", "dawn"], {}],
    [["train", "--backends", "dawn"], {}],
    [["inspect", "demo", "--backend", "dawn"], env],
  ];
  for (const [args, env] of usual) {
    const { args: found } = callOf(await sandbox.flm(args, env));
    assertEquals(found.slice(3), args);
  }
  for (const flag of [["--backend", "dawn"], ["--backend=dawn"]]) {
    const { args } = callOf(await sandbox.flm(["train", "demo", ...flag], { FLM_BACKEND: "x" }));
    assertMatch(args[4]!, /^deno run --allow-ffi .*-P=train /);
  }
});

Deno.test("flm lets tasks that ranks share alone load native code when MPI started them", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const commandOf = async (task: string, env: Record<string, string>) =>
    callOf(await sandbox.flm([task, "demo"], env)).args.slice(3);
  const ranks = [
    { OMPI_COMM_WORLD_SIZE: "2", PMIX_RANK: "1" },
    { PMI_SIZE: "4" },
    { PMIX_RANK: "0", SLURM_STEP_NUM_TASKS: "8" },
  ];
  for (const env of ranks) {
    for (const task of ["train", "train-ar", "distill", "distill:second"]) {
      const [flag, command, recipe] = await commandOf(task, env);
      assertEquals([flag, recipe], ["--eval", "demo"]);
      assertMatch(command!, /^deno run --allow-ffi --quiet -P=(train|distill) tasks\/\w+\.ts$/);
    }
    for (const task of ["sample", "evaluate", "eval-ppl", "gen-ppl", "quality", "preprocess"]) {
      const [flag, command] = await commandOf(task, env);
      assertEquals(flag, "--eval");
      assertMatch(command!, /^deno run --allow-ffi --quiet -P=[a-z-]+ .*tasks\/\w+\.ts$/);
    }
    assertEquals(await commandOf("demo", env), ["demo", "demo"]);
  }
  const alone = [{}, { PMI_SIZE: "1" }, { OMPI_COMM_WORLD_SIZE: "1", PMIX_RANK: "0" }];
  for (const env of alone) assertEquals(await commandOf("train", env), ["train", "demo"]);
  const both = await commandOf("train", { PMI_SIZE: "2", FLM_BACKEND: "dawn" });
  assertMatch(both[1]!, /^deno run --allow-ffi --no-lock /);
});
