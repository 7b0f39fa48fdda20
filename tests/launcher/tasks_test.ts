/**
 * What the launcher says of tasks, and of names that are none.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fakeDeno, Sandbox } from "../testing/launcher_sandbox.ts";
import { ROOT } from "../testing/program.ts";

Deno.test("flm lists the tasks in groups when called without arguments", async () => {
  await using sandbox = await Sandbox.create();
  await Deno.writeTextFile(
    `${sandbox.project}/deno.json`,
    `{
  "imports": {
    "@std/assert": "jsr:@std/assert@^1.0.0"
  },
  "tasks": {
    "golden": "deno run tasks/golden.ts",
    "train:lm1b": {
      "description": "Trains it",
      "command": "deno run tasks/train.ts lm1b"
    },
    "train:owt": {
      "description": "Trains it",
      "command": "deno run tasks/train.ts owt"
    },
    "train": {
      "description": "Trains",
      "command": "deno run tasks/train.ts"
    },
    "demo": {
      "description": "Trains: quickly",
      "command": "deno run tasks/demo.ts"
    }
  },
  "exclude": [
    "runs/"
  ]
}
`,
  );
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    const { code, stdout, stderr } = await sandbox.flm(args);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "./flm demo ");
    assertStringIncludes(stdout, "./flm test ");
    assertEquals(
      stdout.slice(stdout.indexOf("\nTry it:")),
      `
Try it:
  demo                       Trains: quickly

Train:
  train                      Trains

Develop:
  golden

Short forms for the recipes of the paper:
  train:lm1b|owt             Trains it
`,
    );
  }
  for (const path of ["data/b.yaml", "data/a.yaml", "data/a.txt"]) await sandbox.projectFile(path);
  for (const path of ["runs/one/x", "runs/two/x", "runs/report.html"]) {
    await sandbox.projectFile(path);
  }
  const { stdout } = await sandbox.flm([]);
  assert(stdout.endsWith(
    "\n\nRecipes, such as for train:\n  a b\n\nRuns, such as for sample:\n  one two\n",
  ));
  assertEquals(sandbox.calls(), []);
});

Deno.test("flm lists each of the tasks that there are", async () => {
  await using sandbox = await Sandbox.create();
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const lines = (await sandbox.flm([])).stdout.split("\n").filter((line) => /^ {2}\S/.test(line));
  const listed = lines.flatMap((line) => {
    const [, prefix, recipes] = /^ {2}(\S+:)?(\S+)/.exec(line)!;
    return (recipes ?? "").split("|").map((recipe) => `${prefix ?? ""}${recipe}`);
  });
  assertEquals(Object.keys(tasks).filter((name) => !listed.includes(name)), []);
  // What is no short form stands in a group, which has no name that is not there.
  const source = await Deno.readTextFile(`${ROOT}flm`);
  const grouped = /^groups='([^']*)'$/m.exec(source)![1]!.split("\n")
    .flatMap((line) => line.replace(/^.*: /, "").split(" "));
  const plain = Object.keys(tasks).filter((name) => !/:(lm1b|owt)$/.test(name));
  assertEquals(grouped.sort(), plain.sort());
});

Deno.test("flm help TASK asks the task", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  assertMatch((await sandbox.flm(["help", "train"])).stdout, /<train>\n<--help>\n$/);
  assertMatch((await sandbox.flm(["help", "train", "all"])).stdout, /<train>\n<--help>\n<all>\n$/);
});

Deno.test("flm has Deno say nothing of a task that is to be quiet", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const call = async (...args: string[]) =>
    (await sandbox.flm(args)).stdout.match(/^<.*>$/gm)!.filter((arg) => !arg.includes("/"));
  const quiet = ["<task>", "<--quiet>", "<--config>", "<train>", "<demo>", "<--quiet>"];
  assertEquals(await call("train", "demo", "--quiet"), quiet);
  assertEquals(await call("train", "demo"), ["<task>", "<--config>", "<train>", "<demo>"]);
  assertEquals(
    await call("train", "--", "--quiet"),
    ["<task>", "<--config>", "<train>", "<-->", "<--quiet>"],
  );
});

Deno.test("flm explains tasks that are commands of Deno itself, and does not run them", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const name of ["test", "check", "bundle"]) {
    const { command, description } = tasks[name];
    for (const args of [["help", name], [name, "--help"], [name, "-h"]]) {
      assertEquals(await sandbox.flm(args), {
        code: 0,
        stdout: `Usage: ./flm ${name} [ARGUMENTS]\n\n${description}.\n\n` +
          `It runs this, and gives the last command the arguments:\n  ${command}\n`,
        stderr: "",
      });
    }
  }
  // With other arguments they run.
  assertMatch((await sandbox.flm(["test", "--filter"])).stdout, /<test>\n<--filter>\n$/);
});

Deno.test("flm names the nearest task when there is none of that name", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const hints = {
    trian: "did you mean train?",
    "distil:lm1b": "did you mean distill:lm1b?",
    "gen-pl": "did you mean gen-ppl?",
    prepro: "did you mean preprocess?",
    gen: "did you mean gen-ppl?",
    xyzzy: "./flm lists them",
  };
  for (const [name, hint] of Object.entries(hints)) {
    assertEquals(await sandbox.flm([name, "--config", "x"]), {
      code: 1,
      stdout: "",
      stderr: `flm: there is no task ${name}; ${hint}\n`,
    });
  }
  for (const name of ["train", "--quiet", "gen-*"]) {
    assertStringIncludes((await sandbox.flm([name])).stdout, `<${name}>\n`);
  }
});
