/**
 * mod.ts and its bundle run from a plain web server, as somebody would who has nothing but Deno:
 * no checkout, no configuration, no package registry.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Gpu } from "../lib/gpu/gpu.ts";
import { FlowLanguageModel } from "../lib/sampling/flow_language_model.ts";
import { makeBundle } from "./testing/bundle.ts";
import { gpuTest } from "./testing/gpu.ts";
import { deno, ROOT } from "./testing/program.ts";
import {
  serveFolders,
  type StaticServer,
  type StaticServerOptions,
  trapRequests,
} from "./testing/static_server.ts";
import { writeTinyCheckpoint } from "./testing/tiny_checkpoint.ts";

const NUM_STEPS = 3;
const SEED = 11;
const EMA = "/runs/tiny/checkpoints/0000007/ema.safetensors";

/** Serves the project and a run, and gives the program a cache and a folder of its own. */
async function setUp(gpu: Gpu, options: StaticServerOptions) {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/empty`);
  await writeTinyCheckpoint(gpu, `${folder}/runs/tiny`);
  const server = serveFolders(
    { "/": ROOT, "/runs": `${folder}/runs`, "/dist": `${folder}/dist` },
    options,
  );
  return {
    folder,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Samples two texts through the server with the permissions it takes, as lines of JSON. */
async function sampleRemotely(folder: string, server: StaticServer, program: string) {
  using trap = trapRequests();
  const { code, stdout, stderr } = await deno(
    ["run", "--quiet", "--no-prompt", `--allow-net=${server.host}`]
      .concat([`${server.origin}${program}`, "sample", "--json", "--num-samples", "2"])
      .concat(["--steps", `${NUM_STEPS}`, "--seed", `${SEED}`])
      .concat(["--checkpoint", `${server.origin}/runs/tiny`]),
    { cwd: `${folder}/empty`, env: { ...trap.env, DENO_DIR: `${folder}/cache` } },
  );
  assertEquals(code, 0, stderr);
  assertEquals(trap.count, 0, "requests to other hosts");
  return { lines: stdout.trimEnd().split("\n").map((line) => JSON.parse(line)), stderr };
}

/** What the API writes from the run's folder. */
async function sampleLocally(gpu: Gpu, folder: string) {
  using model = await FlowLanguageModel.load(`${folder}/runs/tiny`, { gpu });
  const samples = await model.sample({ numSamples: 2, numSteps: NUM_STEPS, seed: SEED });
  return samples.map(({ text, tokens }, index) => ({
    index,
    text,
    tokens: [...tokens],
    numSteps: NUM_STEPS,
    seed: SEED,
  }));
}

gpuTest("mod.ts samples from a web server with ranges by its address", async (gpu) => {
  await using here = await setUp(gpu, { ranges: true });
  const { folder, server } = here;
  const { lines, stderr } = await sampleRemotely(folder, server, "/mod.ts");
  assertEquals(lines, await sampleLocally(gpu, folder));
  assertMatch(stderr, /^FLM of [\d,]+ parameters at step 7 \(ema weights\) on .+$/m);

  const paths = new Set(server.answered.map(({ path }) => path));
  const modules = /^\/(mod\.ts|lib\/[a-z0-9_/]+\.ts|kernels\/sources\.ts)$/;
  for (const path of paths) assert(modules.test(path) || path.startsWith("/runs/tiny/"), path);
  // The weights come in ranges, and only those that are asked for.
  const weights = server.answered.filter(({ path }) => path.endsWith(".safetensors"));
  assert(weights.every(({ path, status }) => path === EMA && status === 206));
  assert(weights.length > 1);
});

gpuTest("mod.ts samples from a web server without ranges by its address", async (gpu) => {
  await using here = await setUp(gpu, { ranges: false });
  const { folder, server } = here;
  const { lines } = await sampleRemotely(folder, server, "/mod.ts");
  assertEquals(lines, await sampleLocally(gpu, folder));
  const weights = server.answered.filter(({ path }) => path.endsWith(".safetensors"));
  assertEquals(weights, [{ path: EMA, status: 200 }]);
});

gpuTest("the bundle is one file that samples by its address", async (gpu) => {
  await using here = await setUp(gpu, { ranges: true });
  const { folder, server } = here;
  await makeBundle(`${folder}/dist/flm.js`);
  // Nothing that a page could not load either.
  const text = await Deno.readTextFile(`${folder}/dist/flm.js`);
  assertEquals(text.match(/^import\s.*|\bfrom\s*"[^"]+";$/gm), null);

  const { lines } = await sampleRemotely(folder, server, "/dist/flm.js");
  assertEquals(lines, await sampleLocally(gpu, folder));
  const modules = server.answered.filter(({ path }) => !path.startsWith("/runs/"));
  assertEquals(modules, [{ path: "/dist/flm.js", status: 200 }]);

  // And as a module it exports what mod.ts does.
  const exports = Object.keys(await import(`file://${folder}/dist/flm.js`)).sort();
  assertEquals(exports, Object.keys(await import("../mod.ts")).sort());
});

const TRAIN = `
  const { openCorpus, trainText } = await import(Deno.args[0]);
  await Deno.writeTextFile("mine.txt", "so it goes and so it went ".repeat(40));
  const { identity } = openCorpus({ kind: "file", path: "mine.txt" });
  const model = { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16 };
  const size = { numSteps: 2, batchSize: 2, length: 16, model };
  using trained = await trainText(await Deno.readTextFile("mine.txt"), size);
  const [{ tokens }] = await trained.sample({ numSteps: 2 });
  console.log(JSON.stringify([await identity(), trained.state.step, tokens.length]));
`;

gpuTest("mod.ts opens a corpus and trains on a text by its address", async (gpu) => {
  await using here = await setUp(gpu, { ranges: true });
  const { folder, server } = here;
  using trap = trapRequests();
  await Deno.writeTextFile(`${folder}/empty/train.js`, TRAIN);
  const { code, stdout, stderr } = await deno(
    ["run", "--quiet", "--no-prompt", "--allow-all", "train.js", `${server.origin}/mod.ts`],
    { cwd: `${folder}/empty`, env: { ...trap.env, DENO_DIR: `${folder}/cache` } },
  );
  assertEquals(code, 0, stderr);
  assertEquals(trap.count, 0, "requests to other hosts");
  const [identity, step, length] = JSON.parse(stdout);
  assertMatch(identity, /^sha256:/);
  assertEquals([step, length], [2, 16]);
});

Deno.test("trapRequests() counts requests to other hosts", async () => {
  using trap = trapRequests();
  const { code } = await deno(
    ["eval", "await fetch('http://example.com/')"],
    { env: trap.env },
  );
  assertEquals([code, trap.count], [1, 1]);
});
