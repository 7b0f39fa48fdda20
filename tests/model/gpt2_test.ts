import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CheckpointError, DataError } from "../../lib/errors.ts";
import { Gpt2Judge } from "../../lib/eval/gpt2_judge.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { parseGpt2Config } from "../../lib/model/gpt2_config.ts";
import { gpt2Files, loadGpt2 } from "../../lib/model/gpt2_load.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { writeSafetensors } from "../../lib/safetensors/writer.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { assertClose } from "../testing/check_op.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";

const GOLDEN = new URL("../golden/", import.meta.url);

/** The golden model's tensors and config.json. */
interface Source {
  tensors: Map<string, { shape: readonly number[]; values: Float32Array }>;
  config: Record<string, unknown>;
}

async function goldenModel(): Promise<Source> {
  using file = await SafetensorsFile.open(new URL("gpt2_weights.safetensors", GOLDEN));
  const tensors: Source["tensors"] = new Map();
  for (const [name, { shape }] of file.tensors) {
    tensors.set(name, { shape, values: await file.read(name) });
  }
  const text = await Deno.readTextFile(new URL("gpt2_weights.json", GOLDEN));
  return { tensors, config: JSON.parse(text).model };
}

/** Token ids [3, 7], and the losses that the reference gives them. */
async function goldenScores(): Promise<{ ids: Uint32Array; nll: Float32Array }> {
  using file = await SafetensorsFile.open(new URL("gpt2_logits.safetensors", GOLDEN));
  return {
    ids: new Uint32Array(await file.read("b.ids", "i32")),
    nll: await file.read("b.nll"),
  };
}

/** How {@linkcode writeModel} lays a model out. */
interface Layout {
  prefix?: string;
  dtype?: "F32" | "F16";
  shards?: number;
}

/** Writes a model as the hub has them, masks and tied head included. */
async function writeModel(
  folder: string,
  { tensors, config }: Source,
  { prefix = "", dtype = "F32", shards = 1 }: Layout = {},
): Promise<void> {
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  const all = new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
  const mask = { shape: [1, 1, 2, 2], values: new Float32Array([1, 0, 1, 1]) };
  all.set(`${prefix}h.0.attn.bias`, mask);
  all.set(`${prefix}h.0.attn.masked_bias`, { shape: [1], values: new Float32Array([-1e4]) });
  all.set("lm_head.weight", tensors.get("wte.weight")!);
  const names = [...all.keys()];
  const weight_map: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = shards === 1 ? "model.safetensors" : `model-${shard}-of-${shards}.safetensors`;
    const own = names.filter((_, i) => i % shards === shard);
    for (const name of own) weight_map[name] = file;
    await writeSafetensors(
      `${folder}/${file}`,
      own.map((name) => ({ name, dtype, shape: all.get(name)!.shape })),
      ({ name }) => {
        const { values } = all.get(name)!;
        return dtype === "F32" ? values : new Float16Array(values);
      },
    );
  }
  if (shards > 1) {
    const path = `${folder}/model.safetensors.index.json`;
    await Deno.writeTextFile(path, JSON.stringify({ metadata: {}, weight_map }));
  }
}

const layouts: Record<string, Layout> = {
  "without a prefix": {},
  "with the prefix transformer.": { prefix: "transformer." },
  "in three shards": { prefix: "transformer.", shards: 3 },
  "of 16 bits": { dtype: "F16" },
};
for (const [title, layout] of Object.entries(layouts)) {
  gpuTest(`loadGpt2() reads files ${title}`, (gpu) =>
    withFolder(async (folder) => {
      await writeModel(folder, await goldenModel(), layout);
      using model = await loadGpt2(gpu, folder);
      const { ids, nll } = await goldenScores();
      const bound = layout.dtype === "F16" ? 1e-3 : 1e-6;
      assertClose(await model.score(ids, 7), nll, bound, "nll");
    }));
}

gpuTest(
  "loadGpt2() names the tensor that is missing or has another shape",
  (gpu) =>
    withFolder(async (folder) => {
      const { tensors, config } = await goldenModel();
      await writeModel(folder, { tensors, config: { ...config, n_layer: 4 } });
      await assertRejects(() => loadGpt2(gpu, folder), CheckpointError, '"h.3.ln_1.weight"');
      await writeModel(folder, { tensors, config: { ...config, n_layer: 1 } });
      await assertRejects(
        () => loadGpt2(gpu, folder),
        CheckpointError,
        'its configuration has no place for the tensor "h.1.',
      );
      await writeModel(folder, { tensors, config: { ...config, n_positions: 25 } });
      await assertRejects(() => loadGpt2(gpu, folder), CheckpointError, "but [25,32] was expected");
      // Nothing is made of a size before it is compared: this one would be 2 TiB.
      const huge = { ...config, vocab_size: 2 ** 24, n_inner: 2 ** 24 };
      await writeModel(folder, { tensors, config: huge });
      await assertRejects(
        () => loadGpt2(gpu, folder),
        CheckpointError,
        "[16777216,32] was expected",
      );
      await Deno.remove(`${folder}/model.safetensors`);
      await assertRejects(() => loadGpt2(gpu, folder), CheckpointError, "No weights in");
    }),
);

Deno.test("a GPT-2 whose embedding exceeds a binding is split and says the same", () =>
  withFolder(async (folder) => {
    // One matrix of the MLP has 16 KiB; the embedding is made 61 · 8 rows.
    const { tensors, config } = await goldenModel();
    const wte = tensors.get("wte.weight")!.values;
    const large = new Float32Array(8 * wte.length).fill(-1);
    large.set(wte);
    tensors.set("wte.weight", { shape: [8 * 61, 32], values: large });
    await writeModel(folder, { tensors, config: { ...config, vocab_size: 8 * 61 } });
    const { ids } = await goldenScores();
    const scores = [];
    for (const maxBindingBytes of [undefined, 20480]) {
      using gpu = await Gpu.open(maxBindingBytes === undefined ? {} : { maxBindingBytes });
      using model = await loadGpt2(gpu, folder);
      assertEquals(model.embedding.windows.length > 1, maxBindingBytes !== undefined);
      scores.push(await model.score(ids, 7));
    }
    assertClose(scores[1]!, scores[0]!, 1e-6, "nll");
  }));

gpuTest(
  "Gpt2Judge scores long lists in passes, and refuses what it does not know",
  (gpu) =>
    withFolder(async (folder) => {
      await writeModel(folder, await goldenModel());
      const tokenizer = await createTokenizer("text8");
      using judge = await Gpt2Judge.load(folder, { gpu, tokenizer });
      assertEquals([judge.name, judge.contextLength], [folder, 24]);
      const { ids, nll } = await goldenScores();
      // 4200 tokens of context: two passes.
      const many = new Uint32Array(Array.from({ length: 234 }, () => [...ids]).flat());
      const scores = await judge.score(many, 7);
      assertEquals(scores.length, 234 * 18);
      assertClose(scores.subarray(0, 18), nll, 1e-6, "first");
      assertClose(scores.subarray(-18), nll, 1e-6, "last");
      for (const length of [1, 25]) {
        await assertRejects(
          () => judge.score(new Uint32Array(length), length),
          DataError,
          "2 to 24",
        );
      }
      await assertRejects(() => judge.score(Uint32Array.of(1, 61), 2), DataError, "token 61");
      const wide = { ...tokenizer, name: "wide", vocabSize: 62 };
      await assertRejects(
        () => Gpt2Judge.load(folder, { gpu, tokenizer: wide as typeof tokenizer }),
        CheckpointError,
        "62 tokens, the model knows 61",
      );
    }),
);

Deno.test("gpt2Files() says what is wrong with an index", () =>
  withFolder(async (folder) => {
    const { tensors, config } = await goldenModel();
    await writeModel(folder, { tensors, config }, { shards: 2 });
    const names = (await gpt2Files(folder)).weights.map((path) => path.replace(/.*\//, ""));
    assertEquals(names, ["model-0-of-2.safetensors", "model-1-of-2.safetensors"]);
    const cases: [string, string][] = [
      ["{", "it is not JSON"],
      ["{}", "weight_map is missing: expected a mapping"],
      ['{"weight_map": {}}', "weight_map is empty, expected a file by tensor"],
      ['{"weight_map": {"a": 3}}', 'weight_map["a"]: expected the name of a .safetensors file'],
      ['{"weight_map": {"a": "../b.safetensors"}}', 'found "../b.safetensors"'],
    ];
    for (const [text, message] of cases) {
      await Deno.writeTextFile(`${folder}/model.safetensors.index.json`, text);
      await assertRejects(() => gpt2Files(folder), CheckpointError, message);
    }
  }));

Deno.test("parseGpt2Config() reads every published size and refuses other models", () => {
  const published = [[12, 12, 768], [24, 16, 1024], [36, 20, 1280], [48, 25, 1600], [6, 12, 768]];
  for (const [n_layer, n_head, n_embd] of published) {
    const json = { model_type: "gpt2", vocab_size: 50257, n_ctx: 1024, n_layer, n_head, n_embd };
    const config = parseGpt2Config(JSON.stringify(json), "config.json");
    assertEquals(config.innerSize, 4 * n_embd!);
    assertEquals([config.contextLength, config.normEps], [1024, 1e-5]);
    const fails = (change: object, message: string) =>
      assertThrows(
        () => parseGpt2Config(JSON.stringify({ ...json, ...change }), "config.json"),
        CheckpointError,
        message,
      );
    fails({ activation_function: "relu" }, '"activation_function" is "relu"');
    fails({ n_head: 7 }, "not a multiple of 4 times its 7 heads");
    fails(
      { n_layer: 1e15 },
      '"n_layer" is 1000000000000000, expected a whole number from 1 to 1024',
    );
    fails({ vocab_size: "x".repeat(1000) }, `"vocab_size" is "${"x".repeat(50)}`);
    fails({ n_ctx: undefined }, '"n_positions" is nothing, expected a whole number from 1 to');
  }
  assertThrows(() => parseGpt2Config("{", "config.json"), CheckpointError, "it is not JSON");
});
