/**
 * `deno task reproduce` as a person runs it: all jobs of a small version of the letters recipe,
 * cut off, changed and repeated.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dump } from "js-yaml";
import { exists } from "../lib/system/exists.ts";
import { deno, descendants, type Outcome, ROOT } from "./testing/program.ts";
import { until } from "./testing/until.ts";

/** A model of half the recipe's width, which learns the letters in seconds. */
const RECIPE = {
  seed: 1,
  data: {
    source: { kind: "letters" },
    tokenizer: "letters",
    length: 8,
    packing: "unwrapped",
    validationFraction: 0.1,
  },
  model: { hiddenSize: 32, numBlocks: 2, numHeads: 2, condDim: 64, dropout: 0 },
  train: { numSteps: 200, batchSize: 64, evalEvery: 0, evalBatches: 1, checkpointEvery: 100 },
  optim: { lr: 5e-3, warmupSteps: 20, emaDecay: 0.99 },
  distill: { train: { numSteps: 120 } },
  evaluation: {
    numSteps: [1, 4],
    numSamples: 520,
    batchSize: 260,
    bounds: [
      { model: "flm", numSteps: 4, metric: "validity", min: 0.75 },
      { model: "psd", numSteps: 1, metric: "validity", min: 0.3 },
      { model: "psd", numSteps: 1, metric: "letters", min: 22 },
    ],
  },
};

/** Writes a recipe under a name of its own; its runs and shards are removed. */
async function withRecipe(
  changes: Record<string, unknown>,
  test: (file: string, name: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  const data = { ...RECIPE.data, dir: `shards/${name}` };
  try {
    const recipe = { name, ...RECIPE, data, ...changes };
    await Deno.writeTextFile(`${folder}/recipe.yaml`, dump(recipe));
    await test(`${folder}/recipe.yaml`, name);
  } finally {
    const left = [`runs/${name}`, `runs/${name}-distill`, `runs/${name}-second`, `shards/${name}`];
    for (const path of [folder, ...left]) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }
}

const reproduce = (file: string, ...flags: string[]): Promise<Outcome> =>
  deno(["task", "--quiet", "reproduce", "--config", file, ...flags]);

/** The first words of the lines of a dry run: what would be done with each job. */
async function plan(file: string, ...flags: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await reproduce(file, "--dry-run", ...flags);
  assertEquals(code, 0, stderr);
  const [jobs] = stdout.trim().split("\nNothing is run");
  return jobs!.split("\n").map((line) => line.slice(0, 9).trim());
}

Deno.test("deno task reproduce distils letters into a model that writes in one step", () =>
  withRecipe({}, async (file, name) => {
    const dry = await reproduce(file, "--dry-run");
    const run = `runs/${name}`;
    assertEquals(
      dry.stdout,
      `run      deno task preprocess ${file}
run      deno task train ${file}
run      deno task distill ${file} --teacher ${name}
run      deno task evaluate ${name} --config ${file}
run      deno task evaluate ${name}-distill --config ${file}
run      deno task report ${file}
`,
    );
    assert(!await exists(run) && !await exists(`shards/${name}`));

    const first = await reproduce(file);
    assertEquals(first.code, 0, first.stderr);
    assertMatch(first.stdout, /\nmodel +steps +validity +letters seen\nFLM +1 .*\n/);
    assertMatch(first.stdout, /\ndenoiser flow map +1 +\d+\.\d % +2\d\n/);
    assertStringIncludes(first.stdout, `All 3 bounds of ${file} are met.`);
    const report = await Deno.readTextFile(`${run}/report.html`);
    assertEquals(report.match(/<svg /g)?.length, 4);
    assertMatch(report, />denoiser flow map<\/th><td>120<\/td>.*s<\/td>/);

    assertEquals(await plan(file), ["skip", "skip", "skip", "skip", "skip", "run"]);
    const again = await reproduce(file);
    assertEquals([again.code, again.stderr], [0, ""]);
    assertEquals(again.stdout.match(/^Done before: /gm)?.length, 5);

    const bounds = '[{"model": "psd", "numSteps": 1, "metric": "validity", "min": 1}]';
    const missed = await reproduce(file, "--evaluation.bounds", bounds);
    assertEquals(missed.code, 1);
    assertMatch(missed.stderr, /1 step: validity \d+\.\d %, expected at least 100\.0 %\n/);
    assertEquals(missed.stdout.match(/^Done before: /gm)?.length, 5);

    assertEquals(await plan(file, "--distill.boundary-one-in", "4"), [
      ...["skip", "skip", "refuse", "skip", "run", "run"],
    ]);
    assertEquals(await plan(file, "--optim.lr", "1e-3", "--redo"), [
      ...["skip", "replace", "replace", "run", "run", "run"],
    ]);
    const dryRefused = await reproduce(file, "--dry-run", "--optim.lr", "1e-3");
    assertStringIncludes(dryRefused.stdout, "Nothing is run as long as a job is refused. Give");
    const refused = await reproduce(file, "--optim.lr", "1e-3");
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertStringIncludes(refused.stderr, "optim.lr was 0.005, is 0.001");
    assertStringIncludes(refused.stderr, "--redo");
  }));

Deno.test("deno task reproduce goes on where Ctrl-C cut it off, through both stages", () =>
  withRecipe({
    model: { hiddenSize: 8, numBlocks: 1, numHeads: 1, condDim: 8, dropout: 0 },
    train: { numSteps: 400, batchSize: 4, evalEvery: 0, evalBatches: 1, checkpointEvery: 100 },
    distill: { method: "semigroup", train: { numSteps: 2 } },
    secondStage: { train: { numSteps: 2 } },
    evaluation: { numSteps: [1], numSamples: 4 },
  }, async (file, name) => {
    const run = `runs/${name}`;
    const program = startDeno("run", "--allow-all", "tasks/reproduce.ts", "--config", file);
    const output = program.output();
    try {
      await until(() => exists(`${run}/latest.json`), output);
      program.kill("SIGINT");
      const { code, stderr } = await output;
      assertEquals(code, 130);
      // What goes on is the whole, not the part that was at work.
      const ways = new TextDecoder().decode(stderr).match(/To go on: .*/g);
      assertEquals(ways, [`To go on: deno task reproduce --config ${file}`]);
    } finally {
      const left = await descendants(program.pid).catch(() => []);
      for (const pid of left) Deno.kill(pid, "SIGKILL");
    }
    assertEquals((await plan(file)).slice(0, 3), ["skip", "go on", "run"]);

    const { code, stdout, stderr } = await reproduce(file);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, `deno task train ${file} --resume ${name}\n`);
    assertStringIncludes(stdout, `--teacher ${name} --flow-map ${name}-distill\n`);
    for (const model of ["FLM", "flow map \\(semigroup\\)", "flow map \\(second stage\\)"]) {
      assertMatch(stdout, new RegExp(`^${model} +1 +\\d+\\.\\d % +\\d+$`, "m"));
    }
    assertStringIncludes(await Deno.readTextFile(`${run}/report.html`), "Loss of the flow map");
  }));

/** Starts Deno in the project's folder, and has what it says. */
function startDeno(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** A training that takes for ever. */
const ENDLESS = {
  train: { ...RECIPE.train, numSteps: 100_000, checkpointEvery: 100_000, logEvery: 1 },
};

/**
 * Kills one of the processes of a reproduction while its first training goes on.
 *
 * @param which Its place, of the task and all that it started.
 * @returns What the processes that are left say, when the last of them has ended.
 */
async function killInTraining(file: string, name: string, which: number): Promise<string> {
  const task = startDeno("task", "--quiet", "reproduce", "--config", file);
  // It ends when the last program does that writes there.
  const output = task.output();
  const hasBegun = () => Deno.stat(`runs/${name}/metrics.jsonl`).then(({ size }) => size > 0);
  await until(() => hasBegun().catch(() => false), output);
  Deno.kill((await descendants(task.pid)).at(which)!, "SIGKILL");
  return new TextDecoder().decode((await output).stderr);
}

Deno.test("a job ends with a checkpoint when deno task reproduce is killed", () =>
  withRecipe(ENDLESS, async (file, name) => {
    const said = await killInTraining(file, name, 0);
    assertStringIncludes(said, "Stopped, since the program that");
    assert(await exists(`runs/${name}/latest.json`));
  }));

Deno.test("deno task reproduce says so when a job is killed", () =>
  withRecipe(ENDLESS, async (file, name) => {
    const said = await killInTraining(file, name, -1);
    assertStringIncludes(said, "error: deno task train was killed by another program (SIGKILL)");
  }));

Deno.test("deno task reproduce stops with the error of a job", () =>
  withRecipe({}, async (file, name) => {
    // No text has so many letters.
    const data = { ...RECIPE.data, length: 9, dir: `shards/${name}` };
    await Deno.writeTextFile(file, dump({ ...RECIPE, name, data }));
    const { code, stdout, stderr } = await reproduce(file);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "error: deno task preprocess ended with exit status 1");
    assert(!stdout.includes("deno task train"), stdout);
    assert(!await exists(`runs/${name}`));
  }));

Deno.test("deno task reproduce asks first whether all can be written", () =>
  withRecipe({ data: { ...RECIPE.data, dir: "elsewhere/letters" } }, async (file, name) => {
    const { code, stdout, stderr } = await reproduce(file);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(
      stderr,
      "error: Cannot write elsewhere/letters/manifest.json: the program",
    );
    assert(!await exists(`runs/${name}`));
  }));
