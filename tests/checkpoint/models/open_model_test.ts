/**
 * The one way to trained models: what is taken for what, and what is said of those that cannot be
 * used.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { emaDecayOf } from "../../../lib/checkpoint/ema_decay.ts";
import { exportHubFolder } from "../../../lib/checkpoint/models/export_hub.ts";
import { openModel } from "../../../lib/checkpoint/models/open_model.ts";
import type { Weights } from "../../../lib/checkpoint/trained_model.ts";
import { CheckpointError, ConfigError } from "../../../lib/errors.ts";
import { SafetensorsFile } from "../../../lib/safetensors/reader.ts";
import { writeSafetensors } from "../../../lib/safetensors/writer.ts";
import { FlowLanguageModel } from "../../../lib/sampling/flow_language_model.ts";
import { withFolder } from "../../testing/folder.ts";
import { gpuTest } from "../../testing/gpu.ts";
import { serveFolders } from "../../testing/static_server.ts";
import { writeTinyCheckpoint } from "../../testing/tiny_checkpoint.ts";

const CKPT = "tests/golden/ckpt";

/** Makes a folder of the hub as others make them: the golden weights, and what is said of them. */
async function writeFolder(
  folder: string,
  config: unknown,
  {
    prefix = "",
    weights = "tiny_weights_flm",
    without = [],
    more = {},
  }: {
    prefix?: string;
    weights?: string;
    without?: string[];
    more?: Record<string, Float32Array>;
  } = {},
): Promise<void> {
  using golden = await SafetensorsFile.open(`tests/golden/${weights}.safetensors`);
  const values = new Map<string, Float32Array>();
  const shapes = new Map<string, readonly number[]>();
  for (const { name, shape } of golden.tensors.values()) {
    if (without.includes(name)) continue;
    values.set(prefix + name, await golden.read(name));
    shapes.set(prefix + name, shape);
  }
  for (const [name, data] of Object.entries(more)) {
    values.set(name, data);
    shapes.set(name, [data.length]);
  }
  await Deno.mkdir(folder, { recursive: true });
  await writeSafetensors(
    `${folder}/model.safetensors`,
    [...shapes].map(([name, shape]) => ({ name, dtype: "F32", shape })),
    ({ name }) => values.get(name)!,
  );
  if (config !== undefined) {
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  }
}

const FLAT = { hidden_size: 32, n_heads: 4, n_blocks: 2, cond_dim: 16, model_length: 12 };

Deno.test("openModel() reads checkpoints of the reference", async () => {
  const model = await openModel(`${CKPT}/tiny_flm_llw.ckpt`, { logitCap: null });
  const { kind, step, model: sizes, config } = model.state;
  assertEquals([kind, step], ["flm", 1234]);
  assertEquals(sizes, {
    vocabSize: 37,
    length: 12,
    hiddenSize: 32,
    numBlocks: 2,
    numHeads: 4,
    condDim: 16,
    dropout: 0.1,
    doubleTemb: false,
    learnableLossWeighting: true,
    logitCap: null,
  });
  assertEquals([config.optim.emaDecay, config.name], [0.9999, "tiny_flm_llw"]);
  const hashes = await Promise.all(
    (["model", "ema", "ema:0.9999", "ema:0.999"] as const).map((each) => model.identity(each)),
  );
  assertEquals(hashes[1], hashes[2]);
  assertEquals(new Set(hashes).size, 3);
  await assertRejects(
    () => model.identity("ema:0.5"),
    CheckpointError,
    "has no running average of decay 0.5: it has ema:0.9999, ema:0.999. Ask for one of these",
  );
  const compiled = await openModel(`${CKPT}/tiny_fmlm_compiled.ckpt`);
  assertEquals([compiled.state.kind, compiled.state.model.doubleTemb], ["psd", true]);
});

Deno.test("openModel() says what a model does not say, and takes it from who opens it", async () => {
  const notes: string[] = [];
  const path = `${CKPT}/tiny_flm.ckpt`;
  const model = await openModel(path, { onNote: (note) => notes.push(note) });
  assertEquals(model.state.model.logitCap, 30);
  assertEquals(notes, [
    `${path} does not say whether its logits are capped: the cap of 30 of the reference since ` +
    `April 2026 is assumed (--logit-cap none says otherwise).`,
  ]);
  assertEquals(model.state.imported!.assumed.length, 1);
  for (const logitCap of [null, 15]) {
    const told = await openModel(path, { logitCap, onNote: (note) => notes.push(note) });
    assertEquals(told.state.model.logitCap, logitCap);
  }
  assertEquals(notes.length, 1);
  await assertRejects(
    () => openModel(path, { length: 13 }),
    CheckpointError,
    "its sequences have 12 tokens, not the 13 of --length",
  );
  await assertRejects(
    () => openModel(path, { kind: "psd" }),
    CheckpointError,
    'is said to be of the kind "psd" (fmlm), but its network has one time',
  );
  await assertRejects(() => openModel(path, { kind: "ar" }), CheckpointError, 'kind "ar" is no');
});

Deno.test("openModel() never takes other weights than those that are asked for", async () => {
  const short = await openModel(`${CKPT}/tiny_flm_short_ema.ckpt`);
  await assertRejects(
    () => short.read("ema:0.9999", () => Promise.resolve()),
    CheckpointError,
    "ema has 29 tensors, the model has 30 parameters. The last step's weights are there: " +
      "--weights model takes them.",
  );
  const none = await openModel(`${CKPT}/tiny_flm_no_ema.ckpt`);
  const read = (weights: Weights) => none.read(weights, () => Promise.resolve(true));
  await assertRejects(
    () => read("ema"),
    CheckpointError,
    "has no running average of its weights (no ema). The last step's weights are there: --weights",
  );
  assert(await read("model"));
});

Deno.test("openModel() refuses files that are no checkpoints, and runs nothing of them", async () => {
  const cases: [name: string, message: string][] = [
    ["evil", "it asks whoever loads it to run posix.system"],
    ["legacy", "PyTorch older than 1.6"],
    ["truncated", "cut short"],
  ];
  for (const [name, message] of cases) {
    await assertRejects(() => openModel(`${CKPT}/${name}.ckpt`), CheckpointError, message);
  }
  await assertRejects(() => openModel("nowhere/a.ckpt"), CheckpointError, "there is no such file");
  await assertRejects(() => openModel("s3://a/b"), CheckpointError, "expected http(s)://HOST/PATH");
});

Deno.test("tokenizer() says so when a model's is not known here, and takes what it is told", async () => {
  const open = (tokenizer?: string) =>
    openModel(`${CKPT}/tiny_flm.ckpt`, tokenizer === undefined ? {} : { tokenizer });
  const unknown = await open();
  await assertRejects(
    () => unknown.tokenizer(),
    CheckpointError,
    'tiny_flm.ckpt, which it calls "gpt2", is not known here: its vocabulary has 37 tokens. Say ' +
      "which it is by --tokenizer NAME: one of text8, letters, gpt2,",
  );
  const other = await open("text8");
  await assertRejects(
    () => other.tokenizer(),
    CheckpointError,
    "The tokenizer text8 does not fit tests/golden/ckpt/tiny_flm.ckpt: it has 30 tokens, the " +
      "model's vocabulary has 37.",
  );
  assertEquals((await (await open("ids")).tokenizer()).vocabSize, 37);
});

Deno.test("openModel() reads folders of the hub, with and without a prefix", () =>
  withFolder(async (folder) => {
    const reference = await openModel(`${CKPT}/tiny_flm.ckpt`, { logitCap: null });
    const expected = await reference.identity("model");
    for (const prefix of ["", "backbone.", "backbone._orig_mod."]) {
      await writeFolder(folder, FLAT, { prefix });
      const model = await openModel(folder, { logitCap: null });
      assertEquals([model.state.kind, model.state.model.numHeads], ["flm", 4]);
      assertEquals(await model.identity("ema"), expected);
      assertEquals(await model.identity("model"), expected);
    }
    // Half a head has as many frequencies.
    const { n_heads: _, ...rest } = FLAT;
    const more = { "rotary_emb.inv_freq": new Float32Array(4) };
    await writeFolder(folder, rest, { more });
    assertEquals((await openModel(folder)).state.model.numHeads, 4);
    const nested = { algo: { name: "fmlm" }, model: { n_heads: 4, length: 12 } };
    await writeFolder(folder, nested, { weights: "tiny_weights_fmlm" });
    assertEquals((await openModel(folder)).state.kind, "psd");
  }));

Deno.test("openModel() takes a network with two times for a denoiser flow map, with a word", () =>
  withFolder(async (folder) => {
    await writeFolder(folder, FLAT, { weights: "tiny_weights_fmlm" });
    const notes: string[] = [];
    const model = await openModel(folder, { onNote: (note) => notes.push(note) });
    assertEquals(model.state.kind, "psd");
    assertEquals(notes.length, 2);
    assert(notes[0]!.includes("does not say which algorithm it is of"), notes[0]);
    const told = await openModel(folder, { kind: "second_stage" });
    // Only the first form has two stages, and caps nothing.
    assertEquals([told.state.kind, told.state.model.logitCap], ["second_stage", null]);
    await assertRejects(
      () => openModel(folder, { kind: "semigroup" }),
      CheckpointError,
      "writes text with its teacher alone, and has none",
    );
  }));

Deno.test("openModel() names what is wrong with a folder of the hub", () =>
  withFolder(async (folder) => {
    const complains = async (
      config: unknown,
      message: string,
      options?: Parameters<typeof writeFolder>[2],
    ) => {
      await Deno.remove(folder, { recursive: true });
      await writeFolder(folder, config, options);
      await assertRejects(() => openModel(folder), CheckpointError, message);
    };
    await complains(undefined, "but no config.json beside it that says what it is");
    await complains([], "expected a mapping");
    await complains(
      { ...FLAT, n_heads: "4" },
      'n_heads: expected an integer of at least 1, found "4"',
    );
    await complains({ ...FLAT, n_heads: undefined }, "nothing says how many heads its blocks have");
    await complains({ ...FLAT, model_length: undefined }, "Say it by --length TOKENS.");
    await complains(
      { ...FLAT, hidden_size: 64 },
      "its configuration says hiddenSize 64, but its tensors are of hiddenSize 32",
    );
    await writeFolder(folder, { ...FLAT, model_length: 1 });
    await assertRejects(() => openModel(folder), ConfigError, `${folder}: data.length: expected`);
    await complains({ ...FLAT, n_heads: 16 }, "not a multiple of 4 times its 16 heads");
    await complains({ ...FLAT, algo: { name: "mdlm" } }, 'algo.name "mdlm" is no model that is');
    await complains(FLAT, 'tensor "blocks.1.mlp.2.bias"', { without: ["blocks.1.mlp.2.bias"] });
    await complains(FLAT, 'no tensor "vocab_embed.embedding", so that it is no model of the', {
      without: ["vocab_embed.embedding"],
    });
    await complains(FLAT, "it has tensors that no model known here has: self_condition.weight", {
      more: { "self_condition.weight": new Float32Array(3) },
    });
    await complains(FLAT, 'it has "sigma_map.mlp.0.bias" twice', {
      more: { "backbone.sigma_map.mlp.0.bias": new Float32Array(16) },
    });
    const more = { "rotary_emb.inv_freq": new Float32Array(8) };
    await complains(FLAT, "its configuration says 4 heads, but its rotary frequencies are of 2", {
      more,
    });
    await Deno.remove(`${folder}/model.safetensors`);
    await assertRejects(() => openModel(folder), CheckpointError, "there is no such file");
    await Deno.writeTextFile(`${folder}/config.json`, "{");
    await assertRejects(() => openModel(folder), CheckpointError, "config.json of");
  }));

Deno.test("openModel() reads files and folders of web servers by ranges", async () => {
  await using server = serveFolders({ "/": CKPT }, { ranges: true });
  const there = await openModel(`${server.origin}/tiny_flm.ckpt?token=secret`);
  assertEquals(there.location, `${server.origin}/tiny_flm.ckpt`);
  const here = await openModel(`${CKPT}/tiny_flm.ckpt`);
  assertEquals(await there.identity("ema"), await here.identity("ema"));
  await withFolder(async (folder) => {
    await writeFolder(folder, FLAT);
    await using server = serveFolders({ "/model": folder, "/": "nowhere" }, { ranges: true });
    const model = await openModel(`${server.origin}/model`);
    assertEquals(await model.identity("ema"), await here.identity("model"));
    await assertRejects(
      () => openModel(`${server.origin}/none`),
      CheckpointError,
      `No checkpoint at ${server.origin}/none: there is no latest.json`,
    );
    await assertRejects(() => openModel(`${server.origin}/no.ckpt`), CheckpointError, "HTTP 404");
  });
});

/** Runs a test with the variables of a hub in the environment. */
async function withHub(
  variables: Readonly<Record<string, string>>,
  test: () => Promise<void>,
): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    await test();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("openModel() finds models on the hub by name, revision and file, with a token", () =>
  withFolder(async (folder) => {
    await writeFolder(folder, FLAT);
    const asked: [path: string, token: string | null][] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        asked.push([pathname, request.headers.get("authorization")]);
        const [, revision, file] = /^\/hub\/me\/tiny-flm\/resolve\/([^/]+)\/(.+)$/.exec(pathname) ??
          [];
        if (revision === undefined) return new Response("no", { status: 401 });
        const path = file!.endsWith(".ckpt") ? `${CKPT}/${file}` : `${folder}/${file}`;
        const bytes = await Deno.readFile(path).catch(() => null);
        return bytes === null ? new Response("no", { status: 404 }) : new Response(bytes);
      },
    );
    const endpoint = `http://127.0.0.1:${server.addr.port}/hub/`;
    await withHub({ HF_ENDPOINT: endpoint, HF_TOKEN: "hf_abc" }, async () => {
      const model = await openModel("hf:me/tiny-flm");
      assertEquals([model.location, model.state.config.name], ["hf:me/tiny-flm", "tiny-flm"]);
      assertEquals(asked[0], ["/hub/me/tiny-flm/resolve/main/config.json", "Bearer hf_abc"]);
      const here = await openModel(`${CKPT}/tiny_flm.ckpt`);
      assertEquals(await model.identity("ema"), await here.identity("model"));
      asked.length = 0;
      const file = await openModel("hf:me/tiny-flm@refs/pr/1:tiny_flm.ckpt");
      assertEquals(await file.identity("ema"), await here.identity("ema"));
      assertEquals(asked[0]![0], "/hub/me/tiny-flm/resolve/refs%2Fpr%2F1/tiny_flm.ckpt");
      await assertRejects(() => openModel("hf:you/other"), CheckpointError, "set HF_TOKEN");
      await assertRejects(
        () => openModel("hf:me/tiny-flm:none.ckpt"),
        CheckpointError,
        "check the name, the revision and the file",
      );
    });
    for (
      const name of ["hf:tiny", "hf:a/b/c", "hf:a/b@..", "hf:a/b:c.bin", "hf:", "hf:a/b:../c.ckpt"]
    ) {
      await assertRejects(
        () => openModel(name),
        CheckpointError,
        "is no model on the hub: expected",
      );
    }
  }));

gpuTest(
  "openModel() opens runs as before, and refuses what they say themselves",
  (gpu) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      await writeTinyCheckpoint(gpu, run);
      const model = await openModel(run);
      assertEquals(model.state.imported, undefined);
      await assertRejects(
        () => openModel(run, { logitCap: 30, kind: "flm" }),
        ConfigError,
        `--logit-cap, --kind: ${run} says that itself. Leave them out.`,
      );
      const emaDecay = emaDecayOf(model.state);
      assertEquals(await model.identity(`ema:${emaDecay}`), await model.identity("ema"));
      await assertRejects(
        () => model.identity("ema:0.5"),
        CheckpointError,
        `has no running average of decay 0.5: the only one that it has is of ${emaDecay}.`,
      );
      const out = `${folder}/out`;
      await exportHubFolder(model, { weights: "model", out, card: "" });
      const exported = await openModel(out);
      assertEquals(await exported.identity("model"), await model.identity("model"));
      assertNotEquals(await exported.identity("model"), await model.identity("ema"));
      await assertRejects(
        () => exported.read("ema", () => Promise.resolve()),
        CheckpointError,
        'has no weights "ema": it was exported with the weights "model" alone.',
      );
      await assertRejects(() => openModel(out, { length: 5 }), ConfigError, "says that itself");
    }),
);

gpuTest("FlowLanguageModel.load() writes with a checkpoint of the reference", async (gpu) => {
  const load = (logitCap: number | null, weights: Weights = "ema") =>
    FlowLanguageModel.load(`${CKPT}/tiny_fmlm_compiled.ckpt`, {
      gpu,
      tokenizer: "ids",
      logitCap,
      weights,
    });
  using model = await load(30);
  const options = { numSteps: 2, seed: 1 };
  const [sample] = await model.sample(options);
  assertEquals(sample!.text, [...sample!.tokens].join(" "));
  using same = await load(30, "ema:0.9999");
  assertEquals(await same.sample(options), [sample!]);
  using last = await load(30, "model");
  assertNotEquals(await last.sample(options), [sample!]);
});
