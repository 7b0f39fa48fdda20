/**
 * Models of the reference and of the hub: what is said of their tensors.
 *
 * @module
 */

import { findSource } from "../../../lib/checkpoint/models/source.ts";
import type { ForeignModel } from "../../../lib/checkpoint/models/foreign_model.ts";
import { openHubFolder } from "../../../lib/checkpoint/models/hub_folder.ts";
import { openTorchModel } from "../../../lib/checkpoint/models/torch_model.ts";
import { OWN_KEY, ownState } from "../../../lib/checkpoint/reference/own_state.ts";
import type { ModelWeights } from "../../../lib/checkpoint/trained_model.ts";
import { CheckpointError } from "../../../lib/errors.ts";
import { memorySource } from "../../../lib/io/byte_source.ts";
import { ditParameterSpecs } from "../../../lib/model/dit_specs.ts";
import { gpt2Files } from "../../../lib/model/gpt2_load.ts";
import { OrderedDict } from "../../../lib/pickle/values.ts";
import { writeSafetensors } from "../../../lib/safetensors/writer.ts";
import { concat } from "../../../lib/system/concat.ts";
import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";
import { NewTensor, torchBytes } from "../../../lib/torch/writer.ts";
import { crc32 } from "../../../lib/zip/crc32.ts";
import { ZipFile } from "../../../lib/zip/reader.ts";
import { FULL_STATE } from "../../testing/checkpoint_states.ts";
import { CHECKPOINTS } from "../../testing/golden_checkpoints.ts";
import { type HandEntry, handZip } from "../../testing/zip.ts";
import { damagedBytes } from "../damage/bytes.ts";
import { damagedJson } from "../damage/json.ts";
import { decoded, encoded } from "../damage/text.ts";
import type { Bytes, Damage, Subject } from "../subject.ts";

const { teacher: _teacher, files: _files, learnedFrom: _learned, ...REST } = FULL_STATE;
const PLAIN = { ...REST, model: { ...FULL_STATE.model, doubleTemb: false, options: {} } };
const { fingerprint } = await createTokenizer("text8");
/** A model whose tokenizer needs no file. */
const OWN = ownState({
  weights: "ema",
  state: {
    ...PLAIN,
    kind: "flm",
    tokenizer: { name: "text8", fingerprint },
  },
});
const SPECS = ditParameterSpecs(PLAIN.model);

/** What the reference says of a model, with keys inside one another and flat. */
const CONFIG = {
  algo: { name: "flm", double_temb: false, learnable_loss_weighting: false },
  model: { hidden_size: 32, n_blocks: 1, n_heads: 2, cond_dim: 16, length: 12, dropout: 0.1 },
  data: { tokenizer_name_or_path: "ids", train: "lm1b-wrap", wrap: true },
  training: { ema: 0.9999 },
  loader: { global_batch_size: 8 },
};

async function readModel(model: ForeignModel, which: readonly ModelWeights[]): Promise<void> {
  for (const weights of which) {
    await model.read(weights, async (file) => {
      for (const { name, numElements } of file.tensors.values()) {
        await file.readRange(name, 0, numElements);
      }
    });
  }
  if (model.state.tokenizer.name === "text8") await model.tokenizer();
}

async function exported(): Promise<Bytes> {
  const tensors = SPECS.map(({ name, shape }) => [name, new NewTensor("F32", shape)] as const);
  const tree = {
    global_step: 7,
    state_dict: new OrderedDict(tensors.map(([name, tensor]) => [`backbone.${name}`, tensor])),
    hyper_parameters: { config: CONFIG, [OWN_KEY]: JSON.stringify(OWN) },
    ema: {
      decay: 0.9,
      shadow_params: tensors.map(([, { shape }]) => new NewTensor("F32", shape)),
    },
  };
  const zeros = ({ shape }: NewTensor) => new Float32Array(shape.reduce((a, b) => a * b, 1));
  return concat(await Array.fromAsync(torchBytes("own", tree, zeros), (piece) => piece.slice()));
}

/** `openTorchModel`, of whole files with a damaged pickle. */
export async function torchModel(folder: string): Promise<Subject> {
  const files: Record<string, Bytes> = {};
  const others = new Map<string, HandEntry[]>();
  const add = async (name: string, bytes: Bytes) => {
    const zip = await ZipFile.open(memorySource(bytes, name), CheckpointError);
    const kept: HandEntry[] = [];
    for (const entry of zip.entries.values()) {
      const content = await zip.read(entry, 2 ** 24);
      if (entry.name.endsWith("/data.pkl")) files[name] = content;
      else kept.push({ name: entry.name, bytes: content, crc32: crc32(content) });
    }
    others.set(name, kept);
  };
  await add("own.ckpt", await exported());
  for (const name of ["tiny_flm.ckpt", "tiny_fmlm_compiled.ckpt"]) {
    await add(name, await Deno.readFile(new URL(name, CHECKPOINTS)));
  }
  const own = encoded(JSON.stringify(OWN));
  const at = new TextDecoder("latin1").decode(files["own.ckpt"]).indexOf(decoded(own));
  /** Of some the JSON that flm adds: a text of the pickle, whose length stands before it. */
  const damage: Damage = async (file, random, other) => {
    if (file !== files["own.ckpt"] || random(2) === 0) return damagedBytes(file, random, other);
    const damaged = await damagedJson(own, random, own);
    const length = new Uint8Array(Uint32Array.of(damaged.length).buffer);
    return concat([file.slice(0, at - 4), length, damaged, file.slice(at + own.length)]);
  };
  return {
    files,
    damage,
    async read(pickle, name) {
      const path = `${folder}/${name}`;
      const rest = others.get(name)!;
      const [root] = rest[0]!.name.split("/");
      await Deno.writeFile(path, handZip([{ name: `${root}/data.pkl`, bytes: pickle }, ...rest]));
      const model = await openTorchModel(await findSource(path), {});
      await readModel(model, model.only === undefined ? ["ema", "model"] : [model.only]);
    },
  };
}

/** `openHubFolder`, whose config.json is damaged. */
export async function hubFolder(folder: string): Promise<Subject> {
  const tensors = SPECS.map(({ name, shape }) => ({ name, shape, dtype: "F32" }) as const);
  for (const name of ["own", "nested", "flat"]) {
    await Deno.mkdir(`${folder}/${name}`);
    await writeSafetensors(
      `${folder}/${name}/model.safetensors`,
      tensors,
      ({ shape }) => new Float32Array(shape.reduce((a, b) => a * b, 1)),
    );
  }
  const { algo, model, ...rest } = CONFIG;
  return {
    files: {
      own: encoded(JSON.stringify({ model_type: "flm", ...CONFIG, [OWN_KEY]: OWN })),
      nested: encoded(JSON.stringify(CONFIG)),
      flat: encoded(JSON.stringify({ algo: algo.name, ...model, ...rest.data, logit_cap: 30 })),
    },
    damage: damagedJson,
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}/config.json`, file);
      const model = await openHubFolder(await findSource(`${folder}/${name}`), {});
      await readModel(model!, ["ema"]);
    },
  };
}

/** `gpt2Files`: its config.json, and the index of its weights. */
export async function gpt2(folder: string): Promise<Subject> {
  const config = encoded(JSON.stringify({
    model_type: "gpt2",
    vocab_size: 29,
    n_positions: 16,
    n_embd: 32,
    n_layer: 2,
    n_head: 4,
    layer_norm_epsilon: 1e-5,
    activation_function: "gelu_new",
  }));
  const weight_map = { "wte.weight": "a.safetensors", "wpe.weight": "b.safetensors" };
  const index = encoded(JSON.stringify({ metadata: { total_size: 8 }, weight_map }));
  const written: Readonly<Record<string, string>> = {
    "bad-config": "config.json",
    "bad-index": "model.safetensors.index.json",
  };
  for (const name of Object.keys(written)) {
    await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeFile(`${folder}/${name}/config.json`, config);
    await Deno.writeFile(`${folder}/${name}/model.safetensors.index.json`, index);
    for (const file of Object.values(weight_map)) {
      const tensors = [{ name: "x", dtype: "F32", shape: [1] }] as const;
      await writeSafetensors(`${folder}/${name}/${file}`, tensors, () => new Float32Array(1));
    }
  }
  return {
    files: { "bad-config": config, "bad-index": index },
    damage: damagedJson,
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}/${written[name]}`, file);
      await gpt2Files(`${folder}/${name}`);
    },
  };
}
