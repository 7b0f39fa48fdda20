/**
 * The program that writes text, run as people run it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readSamplesFile } from "../../tasks/gen_ppl/samples_file.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { deno, ROOT } from "../testing/program.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

/** Registers a test that is given a folder with the run `tiny`. */
function runTest(name: string, test: (folder: string) => Promise<void>): void {
  gpuTest(name, async (gpu) => {
    await withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/tiny`);
      await test(folder);
    });
  });
}

/** The arguments that sample from the run in a folder. */
function command(folder: string, ...flags: string[]): string[] {
  return ["run", "--no-prompt", `--allow-read=${folder}`, "mod.ts", "sample"]
    .concat(["--checkpoint", `${folder}/tiny`, ...flags]);
}

runTest("mod.ts sample writes texts, and says with which model and adapter", async (folder) => {
  const flags = ["--num-samples", "3", "--steps", "2", "--batch-size", "2"];
  const { code, stdout, stderr } = await deno(command(folder, ...flags));
  assertEquals(code, 0, stderr);
  const text = "\\n[a-z \\n]*\\n\\n";
  assertMatch(
    stdout,
    new RegExp(
      `^--- sample 1 of 3 ---${text}--- sample 2 of 3 ---${text}--- sample 3 of 3 ---${text}$`,
    ),
  );
  assertMatch(
    stderr,
    /^FLM of [\d,]+ parameters at step 7 \(ema weights\) on .+ \((cpu|gpu), .*\)$/m,
  );
  assertMatch(stderr, /^sample 4\/4 steps in .+$/m);
});

runTest("deno task sample takes paths from the caller's folder", async (folder) => {
  const flags = ["--json", "--num-samples=2", "--steps=3", "--seed=4", "--weights=model"];
  const expected = await deno(command(folder, ...flags));
  assertEquals(expected.code, 0, expected.stderr);
  const found = await deno(
    ["run", "--no-prompt", `--allow-read=${ROOT},${folder}`, "--allow-env=INIT_CWD"]
      .concat(["tasks/sample.ts", "--checkpoint", "tiny", ...flags]),
    { env: { INIT_CWD: folder } },
  );
  assertEquals([found.code, found.stdout], [0, expected.stdout], found.stderr);

  const lines = found.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ index, numSteps, seed }) => [index, numSteps, seed]), [
    [0, 3, 4],
    [1, 3, 4],
  ]);
  for (const { text, tokens } of lines) assert(text.length > 0 && tokens.length === 12);
});

runTest("mod.ts sample --watch shows the texts of every step", async (folder) => {
  const flags = ["--num-samples=3", "--steps=2", "--batch-size=2", "--json"];
  const plain = await deno(command(folder, ...flags));
  const { code, stdout, stderr } = await deno(command(folder, ...flags, "--watch"));
  assertEquals([code, stdout], [0, plain.stdout], stderr);
  const [, first, second, third] = /^samples 1-2 of 3, step 2\/2: (.*)\n.*: (.*)\n[^]*: (.*)\n$/m
    .exec(stderr) ?? [];
  assertEquals(
    [first, second, third],
    stdout.trimEnd().split("\n").map((line) => JSON.parse(line).text.replaceAll("\n", " / ")),
  );
  assertMatch(stderr, /\nsamples 1-2 of 3, step 1\/2: [^]*\nsample 3 of 3, step 1\/2: /);
});

runTest("mod.ts sample --prompt and --template give a part of the texts", async (folder) => {
  const texts = async (...flags: string[]) => {
    const { stdout, stderr } = await deno(command(folder, "--json", "--steps=3", ...flags));
    return stdout === ""
      ? stderr
      : stdout.trimEnd().split("\n").map((line) => JSON.parse(line).text).join();
  };
  assertMatch(await texts("--prompt", "Abc d"), /^abc d/);
  assertMatch(await texts("--template", "a__ o_ the"), /^a.*o.*the/);
  assertMatch(
    await texts("--prompt", "twelve letters"),
    /^error: The prompt has 14 tokens, but a text of this model has room for 11/m,
  );
  assertMatch(await texts("--template", "1_"), /^error: The template "1_" has "1" at position 0/m);
  assertMatch(
    await texts("--prompt", "it's"),
    /^error: The prompt "it's" has "'" at position 2, where the tokenizer text8 would write/m,
  );
  const { stdout, stderr } = await deno(command(folder, "--json", "--prompt", "Abc "));
  assertMatch(stderr, /^The tokenizer text8 writes the prompt "Abc " as "abc "\.$/m);
  assertMatch(JSON.parse(stdout).text, /^abc /);
  assertMatch(
    await texts("--prompt=a", "--template=_"),
    /^error: Give only one of prompt and template\.$/m,
  );
});

gpuTest("mod.ts sample --gamma is for denoiser flow maps", async (gpu) => {
  await withFolder(async (folder) => {
    await writeTinyCheckpoint(gpu, `${folder}/tiny`, { kind: "psd" });
    const run = (...flags: string[]) => deno(command(folder, "--json", "--steps=3", ...flags));
    const [none, half] = [await run(), await run("--gamma=0.5")];
    assertEquals([none.code, half.code], [0, 0], none.stderr + half.stderr);
    assert(none.stdout !== half.stdout);
    assertMatch(none.stderr, /^denoiser flow map of [\d,]+ parameters/m);
    assertMatch((await run("--gamma=2")).stderr, /^error: --gamma: expected a number from 0 to 1/);
    await writeTinyCheckpoint(gpu, `${folder}/tiny`, { kind: "second_stage" });
    assertMatch((await run("--gamma=0.5")).stderr, /^error: --gamma is for denoiser flow maps, /m);
  });
});

runTest("mod.ts sample --format json prints one document", async (folder) => {
  const flags = ["--num-samples=3", "--steps=2", "--seed=4", "--batch-size=2"];
  const ways = ["--temperature=0.5", "--top-p=0.9", "--prompt=ab"];
  const lines = await deno(command(folder, ...flags, ...ways, "--format=jsonl"));
  assertEquals(lines.code, 0, lines.stderr);
  const expected = lines.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const { code, stdout, stderr } = await deno(command(folder, ...flags, ...ways, "--format=json"));
  assertEquals(code, 0, stderr);
  const { versions, entropy, uniqueTokens, ...document } = JSON.parse(stdout);
  const settings = { numSteps: 2, seed: 4, temperature: 0.5, topP: 0.9 };
  assertEquals(document, {
    generative_ppl: null,
    settings: {
      ...{ run: `${folder}/tiny`, kind: "flm", step: 7, weights: "ema" },
      ...{ ...settings, gamma: null, numSamples: 3, prompt: "ab", template: null },
    },
    generated_seqs: expected.map(({ text }) => text),
    tokens: expected.map(({ tokens }) => tokens),
  });
  assertEquals(versions.deno, Deno.version.deno);
  assert(entropy > 0 && uniqueTokens > 1, stdout);
  // What gen-ppl makes of it.
  await Deno.writeTextFile(`${folder}/texts.json`, stdout);
  assertEquals(await readSamplesFile(`${folder}/texts.json`), {
    texts: document.generated_seqs,
    recorded: { perplexity: null, entropy },
  });
  assertEquals(
    expected.map(({ text: _text, tokens: _tokens, ...rest }) => rest),
    [0, 1, 2].map((index) => ({ index, ...settings })),
  );
});

runTest("mod.ts sample --temperature and --top-p change the texts", async (folder) => {
  const texts = async (...flags: string[]) => {
    const { code, stdout, stderr } = await deno(command(folder, "--steps=3", ...flags));
    assertEquals(code, 0, stderr);
    return stdout;
  };
  const plain = await texts();
  assertEquals(await texts("--temperature=1", "--top-p=1"), plain);
  assert(await texts("--temperature=0.5") !== plain);
  assert(await texts("--top-p=0.5") !== plain);
});

runTest("mod.ts sample --stats says how long it took", async (folder) => {
  const flags = ["--num-samples=3", "--steps=2", "--batch-size=2", "--stats"];
  const { code, stdout, stderr } = await deno(command(folder, ...flags, "--format=json"));
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /^texts: 3, .+\ntokens: 36, .+\nnetwork evaluations: 4\n$/m);
  for (const name of ["start-up", "loading", "first text", "all texts"]) {
    assertMatch(stderr, new RegExp(`^${name}: .+ s$`, "m"));
  }
  const { numTexts, numTokens, numEvaluations, ...times } = JSON.parse(stdout).stats;
  assertEquals([numTexts, numTokens, numEvaluations], [3, 36, 4]);
  assertEquals(Object.keys(times), [
    ...["startSeconds", "loadSeconds", "firstTextSeconds", "seconds"],
    ...["textsPerSecond", "tokensPerSecond"],
  ]);
  for (const [name, value] of Object.entries(times)) assert(Number(value) > 0, name);
  assert(times.firstTextSeconds < times.seconds);
});

runTest("mod.ts sample --out writes a file in place of standard output", async (folder) => {
  for (const format of ["text", "json", "jsonl"]) {
    const flags = ["--num-samples=2", "--steps=2", `--format=${format}`];
    const printed = await deno(command(folder, ...flags));
    const file = `${folder}/new/of ${format}`;
    const written = await deno(
      command(folder, ...flags, "--out", file).toSpliced(1, 0, `--allow-write=${folder}`),
    );
    assertEquals([written.code, written.stdout], [0, ""], written.stderr);
    assertStringIncludes(written.stderr, `Texts in ${file}\n`);
    assertEquals(await Deno.readTextFile(file), printed.stdout);
  }
  const names = await Array.fromAsync(Deno.readDir(`${folder}/new`), ({ name }) => name);
  assertEquals(names.sort(), ["of json", "of jsonl", "of text"]);
});

runTest("mod.ts sample --out writes what the file's name promises, unless told", async (folder) => {
  const document = /^\{"generative_ppl"/;
  const line = /^\{"index":0,/;
  const cases: [string, string[], RegExp][] = [
    ["a.json", [], document],
    ["a.JSONL", [], line],
    ["a.ndjson", [], line],
    ["a.txt", [], /^--- sample 1 of 2 ---\n/],
    ["b.json", ["--format=jsonl"], line],
  ];
  for (const [name, flags, expected] of cases) {
    const path = `${folder}/${name}`;
    const args = command(folder, "--num-samples=2", "--steps=1", ...flags, "--out", path);
    const { code, stderr } = await deno(args.toSpliced(1, 0, `--allow-write=${folder}`));
    assertEquals(code, 0, stderr);
    assertMatch(await Deno.readTextFile(path), expected, name);
  }
});

runTest("mod.ts sample --out is refused before anything is loaded", async (folder) => {
  const complaint = async (file: string, ...permissions: string[]) => {
    const { code, stdout, stderr } = await deno(
      command(folder, "--out", file).toSpliced(1, 0, ...permissions),
    );
    assertEquals([code, stdout], [1, ""]);
    assert(!stderr.includes("parameters"), stderr);
    return stderr;
  };
  const write = `--allow-write=${folder}`;
  const folderThere = `error: --out: Cannot write ${folder}/tiny: a folder has that name; `;
  assertStringIncludes(await complaint(`${folder}/tiny`, write), folderThere);
  assertEquals(
    await complaint(`${folder}/none/`, write),
    `error: --out: expected a file, found the folder ${folder}/none/\n`,
  );
  const state = `${folder}/tiny/latest.json`;
  assertStringIncludes(
    await complaint(`${state}/x`, write),
    "error: --out: Cannot write ",
  );
  assertStringIncludes(
    await complaint(`${folder}/x`),
    `error: --out: Cannot write ${folder}/x: the program has no write access there; give it by ` +
      `--allow-write=${folder} to deno run`,
  );
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assertEquals(names, ["tiny"]);
});

runTest("mod.ts sample stops at Ctrl-C and keeps the texts written so far", async (folder) => {
  const child = new Deno.Command(Deno.execPath(), {
    args: command(folder, "--json", "--num-samples=1000000", "--batch-size=1", "--steps=1"),
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let stdout = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (stdout === "") child.kill("SIGINT");
    stdout += chunk;
  }
  assertEquals((await child.status).code, 130);
  assertMatch(await stderr, /\nInterrupted\.\n$/);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ index }) => index), lines.map((_, i) => i));
});

runTest("mod.ts sample says what to install when there is no adapter", async (folder) => {
  // There is no Direct3D but on Windows.
  const { code, stdout, stderr } = await deno(command(folder), {
    env: { DENO_WEBGPU_BACKEND: Deno.build.os === "windows" ? "metal" : "dx12" },
  });
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^error: No WebGPU adapter was found .*Install a Vulkan driver/m);
});

runTest("mod.ts sample names what is wrong with its flags", async (folder) => {
  const complaint = async (...flags: string[]) => (await deno(command(folder, ...flags))).stderr;
  assertEquals(
    await complaint("--steps", "0"),
    'error: --steps: expected a whole number of steps from 1 to 1048576, found "0".\n',
  );
  assertEquals(
    await complaint("--weights", "best"),
    'error: --weights: expected "ema", "model", or "ema:" and a decay such as ema:0.9999, found "best".\n',
  );
  for (const value of ["0", "-0.5", "warm"]) {
    assertEquals(
      await complaint(`--temperature=${value}`),
      `error: --temperature: expected a number greater than 0, found "${value}".\n`,
    );
  }
  for (const value of ["0", "1.5", "all"]) {
    assertEquals(
      await complaint(`--top-p=${value}`),
      `error: --top-p: expected a number greater than 0 and at most 1, found "${value}".\n`,
    );
  }
  assertEquals(
    await complaint("--format", "yaml"),
    'error: --format: expected "text" or "json" or "jsonl", found "yaml".\n',
  );
  assertEquals(
    await complaint("--json", "--format=json"),
    "error: --json is the same as --format jsonl, found --format json, too.\n",
  );
});

runTest("mod.ts sample says so when it may not read the checkpoint", async (folder) => {
  const local = await deno(
    ["run", "--no-prompt", "mod.ts", "sample", "--checkpoint", `${folder}/tiny`],
  );
  assertEquals(local.code, 1);
  assertStringIncludes(local.stderr, `the program has no read access to ${folder}/tiny\n`);
  assertMatch(local.stderr, /add --allow-read=.*\/tiny\n$/);
  const remote = await deno(
    ["run", "--no-prompt", "mod.ts", "sample", "--checkpoint", "http://127.0.0.1:8080/tiny"],
  );
  assertStringIncludes(remote.stderr, "the program has no net access to 127.0.0.1:8080\n");
  assertMatch(remote.stderr, /add --allow-net=127\.0\.0\.1:8080\n$/);
});

runTest("mod.ts sample says once that a run has no checkpoint yet", async (folder) => {
  await Deno.mkdir(`${folder}/new`);
  const { code, stdout, stderr } = await deno([
    ...["run", "--no-prompt", `--allow-read=${folder}`, "mod.ts", "sample", `${folder}/new`],
  ]);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(
    stderr,
    `error: No checkpoint at ${folder}/new: the folder has neither latest.json, as a run has, ` +
      `nor state.json, as a checkpoint has. A run writes its first checkpoint after ` +
      `train.checkpointEvery steps, when it is stopped, and at its end.\n`,
  );
});

runTest("mod.ts sample ends with a message when the checkpoint is damaged", async (folder) => {
  const file = `${folder}/tiny/checkpoints/0000007/state.json`;
  await Deno.truncate(file, 100);
  const { code, stdout, stderr } = await deno(command(folder));
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^error: Cannot read .*\/state\.json: it is not JSON .*truncated\?/);
});
