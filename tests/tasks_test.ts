/**
 * The tasks as a person runs them: their own processes under the permissions of deno.json,
 * interrupted and killed.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { load } from "js-yaml";
import { setTimeout as delay } from "node:timers/promises";
import { Checkpoint } from "../lib/checkpoint/checkpoint.ts";
import { parseConfig } from "../lib/config/config.ts";
import { configToYaml } from "../lib/config/config_file.ts";
import { readMetrics } from "../lib/train/metrics.ts";
import { readEvents } from "./testing/tensorboard.ts";
import { descendants } from "./testing/program.ts";
import { tinyConfig } from "./testing/tiny_run.ts";

const TEXT = "it was the best of times it was the worst of times\n\n";

/** A configuration file of a run with a name of its own; its shards and run are removed. */
async function withConfig(
  numSteps: number,
  test: (config: string, run: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  const config = { ...tinyConfig(folder, numSteps), name };
  try {
    await Deno.writeTextFile(`${folder}/corpus.txt`, TEXT.repeat(100));
    const yaml = await configToYaml({ ...config, data: { ...config.data, dir: `shards/${name}` } });
    await Deno.writeTextFile(`${folder}/tiny.yaml`, yaml);
    await test(`${folder}/tiny.yaml`, `runs/${name}`);
  } finally {
    for (
      const path of [
        folder,
        `runs/${name}`,
        `runs/${name}-ar`,
        `runs/${name}-distill`,
        `shards/${name}`,
      ]
    ) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }
}

/** A task as it is written in deno.json. */
function task(name: string, ...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", name, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: {
      NO_COLOR: "1",
      XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp",
      // See `deno()` of testing/program.ts.
      FLM_BACKEND: "",
    },
  });
}

interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

function decoded({ code, stdout, stderr }: Deno.CommandOutput): Output {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const run = async (name: string, ...args: string[]): Promise<Output> =>
  decoded(await task(name, ...args).output());

/**
 * Starts a training, waits for its first checkpoint, sends the signal to its program, or to
 * `deno task` above it, and gives the output once the program has ended.
 */
async function stopTraining(
  config: string,
  folder: string,
  signal: Deno.Signal,
  to: "program" | "task" = "program",
): Promise<Output> {
  const process = task("train", "--config", config).spawn();
  const output = process.output();
  while (await Deno.stat(`${folder}/latest.json`).catch(() => null) === null) {
    await delay(50);
  }
  const programs = await descendants(process.pid).catch(() => []);
  // Whatever happens, the program must not outlive the test.
  Deno.kill(to === "task" ? process.pid : programs.at(-1) ?? process.pid, signal);
  return decoded(await output);
}

Deno.test("the tasks preprocess, train and sample under their own permissions", () =>
  withConfig(6, async (config, folder) => {
    const missing = await run("train", "--config", config);
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.stderr, `deno task preprocess ${config}`);
    const elsewhere = await run("train", "--config", config, "--data.dir", "shards/none such");
    assertStringIncludes(elsewhere.stderr, `preprocess ${config} '--data.dir=shards/none such'`);

    const preprocessed = await run("preprocess", "--config", config);
    assertEquals(preprocessed.code, 0, preprocessed.stderr);
    assertStringIncludes(preprocessed.stdout, "unigram entropy");
    // How fast each part went stands at the end of its bar.
    assertMatch(preprocessed.stdout, /^Wrote the shards to shards\/test-\w+\.$/m);

    const trained = await run("train", "--config", config, "--optim.lr", "2e-3");
    assertEquals(trained.code, 0, trained.stderr);
    assertMatch(trained.stdout, /^Run .* on .+ \((cpu|gpu), bindings up to \d+ MiB\)$/m);
    assertStringIncludes(trained.stdout, "Peak GPU memory");
    assertStringIncludes(await Deno.readTextFile(`${folder}/config.yaml`), "lr: 0.002");

    const again = await run("train", "--config", config);
    assertEquals(again.code, 1);
    assertStringIncludes(again.stderr, "holds a run already");
    assertStringIncludes(again.stderr, "give another name by --name NAME, or remove the folder.");

    const name = folder.replace("runs/", "");
    const sample = ["sample", name, "--steps", "2", "--num-samples", "2"];
    const first = await run(sample[0]!, ...sample.slice(1), "--seed", "3", "--json");
    assertEquals(first.code, 0, first.stderr);
    const texts = first.stdout.trim().split("\n").map((line) => JSON.parse(line).text);
    assertEquals(texts.length, 2);
    assertEquals(
      (await run(sample[0]!, ...sample.slice(1), "--seed", "3", "--json")).stdout,
      first.stdout,
    );

    // What the recipe has trained before is what it learns from.
    const distilled = await run("distill", config, "--distill.train.num-steps", "1");
    assertEquals(distilled.code, 0, distilled.stderr);
    assertStringIncludes(distilled.stdout, `It learns from the FLM in ${folder}\n`);
    assertEquals((await Checkpoint.open(`${folder}-distill`)).state.kind, "psd");

    // A run is known by its name, and its own recipe says what the flags do not.
    const ways = ["--steps", "1,2", "--num-samples", "3", "--weights", "model"];
    const measured = await run("evaluate", name, ...ways);
    assertEquals(measured.code, 0, measured.stderr);
    assertStringIncludes(measured.stderr, "sample (2 steps) 3/3 texts in ");
    const file = `${folder}/evaluation-model.json`;
    assertStringIncludes(measured.stdout, `Texts in ${file}`);
    const { weights, settings, results } = JSON.parse(await Deno.readTextFile(file));
    const { seed, gammas } = parseConfig(load(await Deno.readTextFile(config))).evaluation;
    assertEquals([weights, settings], ["model", { numSteps: [1, 2], gammas, numSamples: 3, seed }]);
    assertEquals(results.map(({ texts }: { texts: string[] }) => texts.length), [3, 3]);
    const others = await run("evaluate", name, ...ways, "--seed", "9");
    assertStringIncludes(
      others.stdout,
      `\nThey replace those of other settings: evaluation.seed was ${seed}, is 9\n`,
    );
    const unjudged = await run("gen-ppl", "--samples", "texts.txt", "--judge", "ar");
    assertEquals(unjudged.code, 1);
    assertStringIncludes(
      unjudged.stderr,
      "--judge ar is the autoregressive model of a run's recipe",
    );
    const shares = await run("evaluate", name, "--gamma", "0.5");
    assertEquals(shares.code, 1);
    assertStringIncludes(shares.stderr, "--gamma is for denoiser flow maps");
    const other = await run("train", config, "--teacher", name, "--name", `${name}-other`);
    assertEquals(other.code, 1);
    assertStringIncludes(
      other.stderr,
      '--teacher changes nothing here: what is trained is of the kind "FLM", which learns from no',
    );
  }));

Deno.test("deno task watch and report show what a run tells, under their own permissions", () =>
  withConfig(4, async (config, folder) => {
    assertEquals((await run("preprocess", "--config", config)).code, 0);
    const keys = ["--train.eval-every", "2", "--train.eval-samples", "2"];
    const wrong = await run(
      "train",
      "--config",
      config,
      ...keys,
      "--train.keep-best",
      "perplexity",
    );
    assertStringIncludes(
      wrong.stderr,
      "train.keepBest: expected loss or entropy or uniqueTokens, found perplexity; set " +
        "train.evalJudge to have one",
    );
    keys.push("--train.keep-best", "uniqueTokens", "--optim.ema-decay", "0.5,0.25");
    const trained = await run("train", "--config", config, ...keys, "--logger", "tensorboard");
    assertEquals(trained.code, 0, trained.stderr);
    assertMatch(trained.stderr, /\n {2}1 step \(entropy \S+, uniqueTokens \S+\): /);
    const [name] = await Array.fromAsync(Deno.readDir(`${folder}/tensorboard`));
    const events = readEvents(await Deno.readFile(`${folder}/tensorboard/${name!.name}`));
    const tags = new Set(events.flatMap(({ scalars }) => Object.keys(scalars)));
    for (const tag of ["train/loss", "validation/lossByTime3", "samples/entropy (1 steps)"]) {
      assert(tags.has(tag), tag);
    }
    assertEquals(events.at(-1)!.texts["samples/texts (1 steps)"]!.length, 2);

    const watched = await run("watch", folder);
    assertEquals(watched.code, 0, watched.stderr);
    assertStringIncludes(watched.stdout, "step 4 of 4 (100%)");
    assertMatch(watched.stdout, /\ncheckpoints: .*best \d, uniqueTokens /);
    assertStringIncludes(watched.stdout, "samples of step 4 in 1 step\n");
    const page = `${folder}/pages/compared.html`;
    const report = await run("report", folder, folder, "--out", page);
    assertEquals(report.code, 0, report.stderr);
    const neither = await run("report", "no-such");
    assertEquals(neither.code, 1);
    assertMatch(
      neither.stderr,
      /^error: There is no recipe "no-such"\. .* There is no run "no-such"\. /,
    );
    const html = await Deno.readTextFile(page);
    assertMatch(html, /<th>commit of flm<\/th>/);
    assertStringIncludes(html, "<h3>1 step</h3>");
    const { state } = await Checkpoint.open(folder);
    for (const each of [state.adapter, state.dataHash]) assertStringIncludes(html, each);
    const sampled = await run("sample", folder, "--weights", "ema:0.25", "--steps", "2");
    assertEquals(sampled.code, 0, sampled.stderr);
    const other = await run("sample", folder, "--weights", "ema:0.9", "--steps", "2");
    assertStringIncludes(other.stderr, "those that it has are of 0.5 and 0.25");
  }));

Deno.test("what docs/training.md says of validations works word for word", () =>
  withConfig(4, async (config, folder) => {
    const docs = await Deno.readTextFile("docs/training.md");
    const [, block, commands] = /^## Validation\n\n```yaml\n([^]*?)```[^]*?```sh\n([^]*?)```/m.exec(
      docs,
    )!;
    const recipe = load(await Deno.readTextFile(config)) as Record<string, object>;
    for (const [section, keys] of Object.entries(load(block!) as Record<string, object>)) {
      recipe[section] = { ...recipe[section], ...keys };
    }
    await Deno.writeTextFile(config, JSON.stringify(recipe));
    assertEquals((await run("preprocess", config)).code, 0);

    const missing = await run("train", config);
    assertEquals(missing.code, 1);
    assertMatch(
      missing.stderr,
      /train\.evalJudge: ar is the .* runs\/test-\w+-ar is not there\. Train it first, by deno task/,
    );
    const lines = commands!.trim().split("\n").map((line) => line.split(" "));
    assertEquals(lines.map(([, task]) => task), ["train-ar", "train"]);
    const outputs: Output[] = [];
    for (const [, task, recipe] of lines) {
      assertEquals(recipe, "demo");
      outputs.push(await run(task!, config));
    }
    for (const { code, stderr } of outputs) assertEquals(code, 0, stderr);
    assertStringIncludes(
      outputs[0]!.stderr,
      "Note: train.keepBest is perplexity, which is measured of texts, but autoregressive models " +
        "write none: the best checkpoint is that of the least loss.",
    );
    assertEquals((await Checkpoint.open(`${folder}-ar`)).state.best?.metric, "loss");
    assertEquals((await Checkpoint.open(folder)).state.best?.metric, "perplexity");
    const samples = (await readMetrics(`${folder}/metrics.jsonl`)).filter(({ kind }) =>
      kind === "samples"
    );
    assertEquals(samples.map(({ numSteps }) => numSteps), [1, 8, 64]);
    // Its name alone does as well, as for gen-ppl.
    const judge = `${folder.replace("runs/", "")}-ar`;
    const again = ["--train.eval-judge", judge, "--train.num-steps", "5"];
    const resumed = await run("train", "--resume", folder, ...again);
    assertEquals(resumed.code, 0, resumed.stderr);
    const other = await run("train", config, "--train.eval-judge", folder, "--name", "test-other");
    assertStringIncludes(other.stderr, 'it holds a model of kind "flm"');
  }));

Deno.test("deno task demo trains for the time that it is given, and says how to go on", () =>
  withConfig(4, async (config, folder) => {
    const demo = (...args: string[]) =>
      run("demo", "--config", config, "--sampling.num-steps", "1,2", ...args);
    const untimed = await demo("--minutes", "1");
    assertEquals(untimed.code, 1);
    assertStringIncludes(untimed.stderr, "it has no train.minutes");
    // Steps are the nearer end here, so that nothing waits for the clock.
    const minutes = ["--train.minutes", "2", "--minutes", "3"];
    const { code, stdout, stderr } = await demo(...minutes);
    assertEquals(code, 0, stderr);
    const name = folder.replace("runs/", "");
    for (const kind of [`${name}`, `${name}-distill`, `${name}-ar`]) {
      const { state: { step, config, seconds } } = await Checkpoint.open(`runs/${kind}`);
      assertEquals([step, config.train.minutes, seconds !== undefined], [4, 1, true]);
    }
    assertMatch(stdout, /^FLM, 2 steps:\n( {2}.*\n){1}/m);
    assertMatch(stdout, /^Distilled, 1 step:$/m);
    assertMatch(stdout, /^Validation loss: \S+ nats\/token over all times/m);
    assertMatch(
      stdout,
      /Perplexities are per token; one of text8 stands for \S+ bytes of the text/,
    );
    const peaks = stdout.match(/^Peak GPU memory .*$/gm);
    assertEquals(
      [peaks?.length, new Set(peaks).size],
      [3, 3],
      "each training has a peak of its own",
    );
    const inputs = JSON.parse(await Deno.readTextFile(`${folder}-distill/inputs.json`));
    assertEquals(inputs, { teacher: `../${name}/checkpoints/0000004` });
    assertStringIncludes(stdout, `  deno task sample ${name}-distill --steps 1 --watch\n`);
    assertStringIncludes(stdout, `  deno task train --resume ${name} --train.minutes 10\n`);
    // What is done is not done again.
    const again = await demo(...minutes);
    assertEquals(again.code, 0, again.stderr);
    assertEquals(again.stdout.match(/Nothing to do: /g)?.length, 3);
    const longer = await demo("--train.minutes", "2", "--train.num-steps", "9");
    assertEquals(longer.code, 1);
    assertStringIncludes(
      longer.stderr,
      "has begun to learn from it as it is. Begin anew by --redo",
    );
    const other = await demo(...minutes, "--data.length", "16");
    assertEquals(other.code, 1);
    assertStringIncludes(other.stderr, "was made by another recipe: data.length was 12, is 16");
  }));

Deno.test("deno task train finishes its step and saves when Ctrl-C is pressed", () =>
  withConfig(100_000, async (config, folder) => {
    assertEquals((await run("preprocess", "--config", config)).code, 0);
    const { code, stderr } = await stopTraining(config, folder, "SIGINT");
    assertEquals(code, 130, stderr);
    assertStringIncludes(
      stderr,
      `Interrupted. To go on: deno task train --resume ${folder.replace("runs/", "")}\n`,
    );
    const { state: { step } } = await Checkpoint.open(folder);
    const metrics = await readMetrics(`${folder}/metrics.jsonl`);
    assertEquals(metrics.filter(({ kind }) => kind === "train").at(-1)?.step, step);

    const rest = String(step + 3);
    const resumed = await run("train", "--resume", folder, "--train.num-steps", rest);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals((await Checkpoint.open(folder)).state.step, step + 3);
  }));

Deno.test("deno task train saves when its terminal closes, its time is up, or deno task is killed", () =>
  withConfig(100_000, async (config, folder) => {
    assertEquals((await run("preprocess", "--config", config)).code, 0);
    const statuses = { SIGHUP: 129, SIGUSR1: 75, SIGKILL: 137 };
    for (const [signal, code] of Object.entries(statuses) as [Deno.Signal, number][]) {
      const { code: found, stderr } = await stopTraining(config, folder, signal, "task");
      assertEquals(found, code, stderr);
      const { state: { step } } = await Checkpoint.open(folder);
      const metrics = await readMetrics(`${folder}/metrics.jsonl`);
      assertEquals(metrics.filter(({ kind }) => kind === "train").at(-1)?.step, step);
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("deno task train keeps others out of its run and of its shards", () =>
  withConfig(100_000, async (config, folder) => {
    assertEquals((await run("preprocess", "--config", config)).code, 0);
    const process = task("train", "--config", config).spawn();
    const output = process.output();
    while (await Deno.stat(`${folder}/config.yaml`).catch(() => null) === null) {
      await delay(50);
    }
    const program = (await descendants(process.pid)).at(-1)!;
    const remake = ["preprocess", "--config", config, "--data.length", "9"] as const;
    try {
      const owner = `Another process (${program} on ${Deno.hostname()}) is training in ${folder}.`;
      const begun = await run("train", "--config", config);
      assertEquals(begun.code, 1);
      assertStringIncludes(begun.stderr, owner);
      const resumed = await run("train", "--resume", folder);
      assertEquals(resumed.code, 1);
      assertStringIncludes(resumed.stderr, owner);
      const remade = await run(...remake);
      assertEquals(remade.code, 1);
      assertStringIncludes(remade.stderr, "another process is reading them");
    } finally {
      Deno.kill(program, "SIGKILL");
      await output;
    }
    const { code, stderr } = await run(...remake);
    assertEquals(code, 0, stderr);
  }));

Deno.test("deno task train goes on from a whole checkpoint after it was killed", () =>
  withConfig(100_000, async (config, folder) => {
    assertEquals((await run("preprocess", "--config", config)).code, 0);
    await stopTraining(config, folder, "SIGKILL");
    const { location, state: { step } } = await Checkpoint.open(folder);
    const files = (await Array.fromAsync(Deno.readDir(location))).map(({ name }) => name).sort();
    assertEquals(files, [
      "ema.safetensors",
      "model.safetensors",
      "optimizer.safetensors",
      "state.json",
    ]);
    const resumed = await run("train", "--resume", folder, "--train.num-steps", String(step + 2));
    assertEquals(resumed.code, 0, resumed.stderr);
    const steps = (await readMetrics(`${folder}/metrics.jsonl`))
      .filter(({ kind }) => kind === "train").map(({ step }) => step);
    assertEquals(steps, Array.from({ length: step + 2 }, (_, i) => i + 1));
    const left = (await Array.fromAsync(Deno.readDir(`${folder}/checkpoints`)))
      .filter(({ name }) => name.startsWith("."));
    assert(left.length <= 1, `temporary folders are left: ${left.map(({ name }) => name)}`);
  }));

Deno.test("the tasks write into no folder that is a link to another place", () =>
  withConfig(1, async (config, folder) => {
    const shards = folder.replace("runs/", "shards/");
    const refuses = async (link: string, task: string) => {
      const target = await Deno.realPath(await Deno.makeTempDir());
      await Deno.symlink(target, link);
      const { code, stderr } = await run(task, "--config", config);
      assertEquals(code, 1);
      assertStringIncludes(stderr, `error: ${link} is a symbolic link to ${target}`);
      assertEquals(await Array.fromAsync(Deno.readDir(target)), []);
      await Deno.remove(link);
      await Deno.remove(target);
    };
    await refuses(shards, "preprocess");
    await refuses(`${shards}.partial`, "preprocess");
    assertEquals((await run("preprocess", "--config", config)).code, 0);
    await refuses(folder, "train");
    await refuses(folder, "report");
  }));

Deno.test("the tasks say what is wrong with a configuration, and with their flags", () =>
  withConfig(1, async (config) => {
    const typo = await run("train", "--config", config, "--optim.lrr", "1");
    assertEquals(typo.code, 1);
    assertStringIncludes(typo.stderr, "optim.lr");
    const value = await run("train", "--config", config, "--model.dropout", "2");
    assertStringIncludes(value.stderr, "model.dropout");
    const nothing = await run("train");
    assertStringIncludes(nothing.stderr, "--config FILE");
    const absent = await run("preprocess", "--config", "none.yaml");
    assertStringIncludes(absent.stderr, "none.yaml");
    const threads = await run("preprocess", "--config", config, "--workers", "1000");
    assertStringIncludes(
      threads.stderr,
      "--workers: expected a whole number of threads from 0 to 64",
    );
  }));

Deno.test("deno task train-ar takes the vocabulary of data.tokenizerFile", () =>
  withConfig(1, async (config, folder) => {
    const file = config.replace(/[^/]*$/, "vocab.txt");
    const words = [...new Set(TEXT.trim().split(" "))];
    await Deno.writeTextFile(file, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ...words].join("\n"));
    const keys = ["--data.tokenizer", "bert-base-uncased", "--data.tokenizer-file", file];
    for (const task of ["preprocess", "train-ar"]) {
      const { code, stderr } = await run(task, "--config", config, ...keys);
      assertEquals(code, 0, stderr);
    }
    const { state: { kind, model } } = await Checkpoint.open(`${folder}-ar`);
    assertEquals([kind, model.vocabSize], ["ar", 4 + words.length]);
  }));
