/**
 * The completion of `./flm`: what the launcher offers, and what shells make of it.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../lib/errors.ts";
import { methods } from "../lib/methods/table.ts";
import { optimizerOf } from "../lib/train/optimizers.ts";
import { withFolder } from "./testing/folder.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What a program prints, which sees a project with runs of its own. */
async function printed(command: string, args: string[], flm: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: flm.replace(/flm$/, ""),
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

/** Runs a test with a launcher beside two runs, a report, and what it needs of the project. */
async function withProject(test: (flm: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    for (const name of ["flm", "deno.json", "data", "tasks"]) {
      await Deno.symlink(`${ROOT}${name}`, `${folder}/${name}`);
    }
    // A link would lead to the project itself.
    await Deno.remove(`${folder}/flm`);
    await Deno.copyFile(`${ROOT}flm`, `${folder}/flm`);
    for (const run of ["first", "second"]) {
      await Deno.mkdir(`${folder}/runs/${run}`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/runs/report.html`, "");
    await test(`${folder}/flm`);
  });
}

const complete = async (flm: string, ...words: string[]): Promise<string[]> =>
  (await printed("sh", [flm, "complete", ...words], flm)).map((line) => line.split("\t")[0]!);

Deno.test("flm complete offers tasks, recipes, runs, flags, keys and their values", () =>
  withProject(async (flm) => {
    const tasks = await complete(flm, "tr");
    for (const task of ["train", "train:lm1b", "sample", "help", "completion"]) {
      assertEquals(tasks.includes(task), true, task);
    }
    assertEquals(await complete(flm, "completion", ""), ["bash", "zsh", "fish"]);
    assertEquals((await complete(flm, "train", "")).includes("letters"), true);
    assertEquals(await complete(flm, "sample", ""), ["first", "second", ":files"]);
    assertEquals(await complete(flm, "train", "--resume", ""), ["first", "second", ":files"]);
    assertEquals(await complete(flm, "sample", "first", "--precision", ""), ["auto", "f32", "f16"]);
    assertEquals(
      await complete(flm, "sample", "--seed", ""),
      [],
    );
    const flags = await complete(flm, "train", "--");
    assertEquals(flags.includes("--resume") && flags.includes("--quiet"), true);
    assertEquals(flags.includes("--optim.lr"), false);
    assertEquals((await complete(flm, "train", "demo", "--opt")).includes("--optim.lr"), true);
    assertEquals(await complete(flm, "train", "--model.dropout", ""), []);
    assertEquals(await complete(flm, "train", "--logger", ""), ["tensorboard"]);
    // Of any decay there is nothing to offer.
    assertEquals(await complete(flm, "sample", "--weights", ""), ["ema", "model"]);
    assertEquals(await complete(flm, "train", "--optim.optimizer", ""), ["adamw", "muon"]);
    assertEquals((await complete(flm, "train", "--data.source.kind", "")).includes("hub"), true);
    assertEquals((await complete(flm, "plan", "--method", "")).includes("semigroup"), true);
    assertEquals(await complete(flm, "nothing", "x", ""), []);
  }));

Deno.test("flm complete offers values after an equals sign as whole words", () =>
  withProject(async (flm) => {
    const optimizer = "--optim.optimizer=";
    assertEquals(
      await complete(flm, "train", "demo", `${optimizer}m`),
      [`${optimizer}adamw`, `${optimizer}muon`],
    );
    assertEquals(
      await complete(flm, "sample", "--checkpoint="),
      ["--checkpoint=first", "--checkpoint=second", ":files"],
    );
    for (const nothing of ["--seed=", "--json=", "--nothing="]) {
      assertEquals(await complete(flm, "train", nothing), [], nothing);
    }
  }));

Deno.test("flm complete offers the methods and optimizers that there are", () =>
  withProject(async (flm) => {
    const kinds = methods().map(({ kind }) => kind);
    assertEquals(await complete(flm, "sample", "--kind", ""), kinds);
    const inSection = (section: string | null) =>
      methods().filter((method) => method.section === section).map(({ kind }) => kind);
    assertEquals(await complete(flm, "train", "--method", ""), inSection(null));
    assertEquals(await complete(flm, "train", "--distill.method", ""), inSection("distill"));
    const optimizers = await complete(flm, "train", "--optim.optimizer", "");
    const { message } = assertThrows(() => optimizerOf("that_is_none"), ConfigError);
    assertEquals(message.replace(/.*there is: /, ""), optimizers.join(", "));
  }));

Deno.test("flm complete knows the flags of tasks that are short for others", () =>
  withProject(async (flm) => {
    assertEquals(await complete(flm, "golden", "--"), await complete(flm, "parity", "--"));
    assertEquals(await complete(flm, "train:owt", "--"), await complete(flm, "train", "--"));
    assertEquals((await complete(flm, "bench", "--")).includes("--quick"), true);
    assertEquals((await complete(flm, "bench:sampling", "--")).includes("--patience"), true);
    assertEquals(
      await complete(flm, "gen-ppl:owt", "--"),
      await complete(flm, "gen-ppl", "--"),
    );
  }));

Deno.test("every program of tasks/ and bench/ that reads a command line tells what it takes", async () => {
  const told = await Deno.readTextFile(`${ROOT}tasks/completion/flags.txt`);
  // Two are for those who change flm, and two are no tasks.
  const others = ["tasks/docs.ts", "tasks/kernels.ts", "bench/card.ts", "bench/noise.ts"];
  for (const folder of ["tasks", "bench"]) {
    for await (const { name } of Deno.readDir(`${ROOT}${folder}`)) {
      const program = `${folder}/${name}`;
      if (!name.endsWith(".ts") || others.includes(program)) continue;
      const text = await Deno.readTextFile(ROOT + program);
      if (!/parseCommandLine|trainTask/.test(text)) continue;
      assertEquals(told.includes(`${program}\t--quiet\t`), true, program);
    }
  }
});

Deno.test("flm completion prints the script of a shell, and knows no other", () =>
  withProject(async (flm) => {
    const { code, stderr } = await new Deno.Command("sh", {
      args: [flm, "completion", "csh"],
      stdin: "null",
    }).output();
    assertEquals(code, 1);
    assertEquals(
      new TextDecoder().decode(stderr),
      "flm: completion: expected bash, zsh or fish, found csh\n",
    );
  }));

/** Whether a program is there. */
async function has(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
    stdout: "null",
  }).output();
  return success;
}

/** What bash makes of a line. @param breaks At what it breaks words. */
async function byBash(flm: string, line: string, breaks = " :="): Promise<string[]> {
  const program = `eval "$("$1" completion bash)"
    COMP_LINE="$1 $2" COMP_POINT=\${#COMP_LINE} COMP_WORDBREAKS="$3"
    _flm 2>/dev/null
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return await printed("bash", ["--norc", "-c", program, "bash", flm, line, breaks], flm);
}

Deno.test({
  name: "bash completes words of flm, those with colons too",
  ignore: !await has("bash"),
  fn: () =>
    withProject(async (flm) => {
      assertEquals(await byBash(flm, "tra"), [
        ...["train", "train-ar", "train:lm1b", "train-semigroup:lm1b", "train:owt"],
        "train-semigroup:owt",
      ]);
      // The part before the colon stands already.
      assertEquals(await byBash(flm, "train:o"), ["owt"]);
      assertEquals(await byBash(flm, "sample f"), ["first", "flm"]);
      assertEquals(await byBash(flm, "train demo --res"), ["--resume"]);
      assertEquals(await byBash(flm, "sample first --precision f"), ["f32", "f16"]);
      const keys = ["--optim.weight-decay", "--optim.warmup-steps"];
      assertEquals(await byBash(flm, "train demo --optim.w"), keys);
      // So does that before the equals sign.
      assertEquals(await byBash(flm, "train demo --optim.optimizer=m"), ["muon"]);
      assertEquals(await byBash(flm, "sample --checkpoint=f"), ["first", "flm"]);
      assertEquals(await byBash(flm, "sample --checkpoint=fl", " "), ["--checkpoint=flm"]);
    }),
});

Deno.test({
  name: "fish completes words of flm",
  ignore: !await has("fish"),
  fn: () =>
    withProject(async (flm) => {
      const byFish = async (line: string) => {
        const program = `${flm} completion fish | source; complete -C '${flm} ${line}'`;
        const lines = await printed("fish", ["--no-config", "-c", program], flm);
        return lines.map((line) => line.split("\t")[0]);
      };
      assertEquals(await byFish("sample first --prec"), ["--precision"]);
      assertEquals(await byFish("sample --precision=f"), ["--precision=f16", "--precision=f32"]);
      assertEquals(await byFish("sample --checkpoint=f"), [
        "--checkpoint=first",
        "--checkpoint=flm",
      ]);
    }),
});

Deno.test({
  name: "zsh completes words of flm",
  ignore: !await has("zsh"),
  fn: () =>
    withProject(async (flm) => {
      // Outside its line editor zsh has no completion: what would be shown is printed.
      const program = `compdef() { }; _files() { print files }; compset() { }
        _describe() { print -rl -- "\${(@P)3}" }
        eval "$("$1" completion zsh)"
        words=("$1" train: ) CURRENT=2; _flm
        words=("$1" sample "") CURRENT=3; _flm
        compset() { print "after $3" }
        words=("$1" sample "--checkpoint=") CURRENT=3; _flm`;
      const lines = await printed("zsh", ["-f", "-c", program, "zsh", flm], flm);
      const tasks = lines.filter((line) => line.startsWith("train"));
      assertEquals(tasks.some((line) => line.startsWith("train\\:lm1b:Train the FLM")), true);
      assertEquals(lines.slice(-7), [
        ...["first:run", "second:run", "files"],
        ...["--checkpoint=first:run", "--checkpoint=second:run", "after --*=", "files"],
      ]);
    }),
});
