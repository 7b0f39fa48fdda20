/**
 * Runs made of models that were none, and models written for other programs: what goes out comes
 * back the same.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { Checkpoint } from "../../../lib/checkpoint/checkpoint.ts";
import { checkpointIdentity } from "../../../lib/checkpoint/identity.ts";
import { exportHubFolder } from "../../../lib/checkpoint/models/export_hub.ts";
import { exportTorchFile } from "../../../lib/checkpoint/models/export_torch.ts";
import { importModel } from "../../../lib/checkpoint/models/import_model.ts";
import type { TransferOptions } from "../../../lib/checkpoint/models/transfer.ts";
import { loadFrozen } from "../../../lib/checkpoint/models/load_frozen.ts";
import { openModel } from "../../../lib/checkpoint/models/open_model.ts";
import { requireResumable } from "../../../lib/checkpoint/resumable.ts";
import type { TrainedModel, Weights } from "../../../lib/checkpoint/trained_model.ts";
import { loadConfig } from "../../../lib/config/config_file.ts";
import { CheckpointError } from "../../../lib/errors.ts";
import { Dit } from "../../../lib/model/dit.ts";
import { SafetensorsFile } from "../../../lib/safetensors/reader.ts";
import { FlowLanguageModel } from "../../../lib/sampling/flow_language_model.ts";
import { exists } from "../../../lib/system/exists.ts";
import { TorchFile } from "../../../lib/torch/file.ts";
import { withFolder } from "../../testing/folder.ts";
import { gpuTest } from "../../testing/gpu.ts";
import { HAS_TORCH, runTorch, TORCH_NOTE } from "../../testing/python_torch.ts";
import { serveFolders } from "../../testing/static_server.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../../testing/tiny_checkpoint.ts";

const CKPT = "tests/golden/ckpt";
const KINDS = ["flm", "psd", "semigroup", "second_stage"] as const;

/** The hashes of all weights of a model. */
async function hashesOf(model: TrainedModel): Promise<string[]> {
  const groups = ["model", "ema", ...(model.state.teacher ? ["teacher" as const] : [])] as const;
  return await Promise.all(groups.map((each) => model.identity(each)));
}

/** What of a state must come back. */
function comparable({ state }: TrainedModel) {
  const { files: _, checksum: __, imported: ___, config, ...rest } = state;
  return { ...rest, config: { ...config, name: "" } };
}

for (const kind of KINDS) {
  gpuTest(
    `what is exported is imported with the same bits: ${kind}`,
    (gpu) =>
      withFolder(async (folder) => {
        await writeTinyCheckpoint(gpu, `${folder}/run`, { kind });
        const run = await openModel(`${folder}/run`);
        const progress: number[] = [];
        await exportTorchFile(run, {
          weights: "ema",
          out: `${folder}/a.ckpt`,
          onProgress: (done, total) => progress.push(done / total),
        });
        assertEquals([progress[0], progress.at(-1)], [0, 1]);
        const file = await openModel(`${folder}/a.ckpt`);
        const identity = await checkpointIdentity(run);
        assertEquals(await hashesOf(file), await hashesOf(run));
        assertEquals(await checkpointIdentity(file), identity);
        const checkpoint = await importModel(file, { weights: "ema", run: `${folder}/again` });
        assertEquals(
          checkpoint,
          `${folder}/again/checkpoints/${String(TINY_STEP).padStart(7, "0")}`,
        );
        const again = await Checkpoint.open(`${folder}/again`);
        await again.verify();
        assertEquals(await hashesOf(again), await hashesOf(run));
        assertEquals(await checkpointIdentity(again), identity);
        assertEquals(comparable(again), comparable(run));
        assertEquals(again.state.imported, {
          source: `${folder}/a.ckpt`,
          assumed: [],
          weights: "ema",
        });
        assertEquals((await loadConfig(`${folder}/again/config.yaml`)).name, "again");

        await exportHubFolder(run, { weights: "ema", out: `${folder}/hub`, card: "# card\n" });
        const hub = await openModel(`${folder}/hub`);
        await importModel(hub, { weights: "ema", run: `${folder}/third` });
        const third = await openModel(`${folder}/third`);
        const [, ...others] = await hashesOf(run);
        // A folder has one set of weights.
        assertEquals((await hashesOf(third)).slice(1), others);
        assertEquals(await third.identity("model"), await third.identity("ema"));
        assertEquals(await Deno.readTextFile(`${folder}/hub/README.md`), "# card\n");

        const text = async (location: string) => {
          using model = await FlowLanguageModel.load(location, { gpu });
          return await model.sample({ numSteps: 2, seed: 3, numSamples: 2 });
        };
        const expected = await text(`${folder}/run`);
        for (const each of ["a.ckpt", "again", "hub", "third"]) {
          assertEquals(await text(`${folder}/${each}`), expected, each);
        }
      }),
  );
}

Deno.test("an import writes what its source writes, and is a run like others", () =>
  withFolder(async (folder) => {
    const source = await openModel(`${CKPT}/tiny_flm_llw.ckpt`, {
      tokenizer: "ids",
      dataDir: "shards/mine",
    });
    const run = `${folder}/new/runs/mine`;
    await importModel(source, { weights: "ema:0.999", run, sha256: "0".repeat(64) });
    const imported = await Checkpoint.open(run);
    assertEquals(await imported.identity("ema"), await source.identity("ema:0.999"));
    assertEquals(await imported.identity("ema:0.999"), await source.identity("ema:0.999"));
    assertEquals(await imported.identity("model"), await source.identity("model"));
    const { config, tokenizer, imported: from } = imported.state;
    assertEquals(from!.sha256, "0".repeat(64));
    assertEquals([from!.weights, from!.assumed.length], ["ema:0.999", 1]);
    assertEquals(
      [config.data.dir, config.data.packing, config.optim.emaDecay, tokenizer.file],
      ["shards/mine", "unwrapped", 0.999, "vocab.txt"],
    );
    assertEquals((await imported.tokenizer()).vocabSize, 37);
    await assertRejects(
      () => importModel(source, { weights: "ema", run }),
      CheckpointError,
      `There is a run ${run} already.`,
    );
    const stored = [...Deno.readDirSync(`${folder}/new/runs`)].map(({ name }) => name);
    assertEquals(stored, ["mine"]);
  }));

Deno.test("importModel() leaves nothing behind when it fails", () =>
  withFolder(async (folder) => {
    const run = `${folder}/run`;
    const short = await openModel(`${CKPT}/tiny_flm_short_ema.ckpt`, { tokenizer: "ids" });
    await assertRejects(
      () => importModel(short, { weights: "ema", run }),
      CheckpointError,
      "29 tensors, the model has 30",
    );
    assertEquals([...Deno.readDirSync(folder)], []);
    await importModel(short, { weights: "model", run });
    const imported = await openModel(run);
    assertEquals(await imported.identity("ema"), await short.identity("model"));
    const unknown = await openModel(`${CKPT}/tiny_flm.ckpt`);
    await assertRejects(
      () => importModel(unknown, { weights: "ema", run: `${folder}/other` }),
      CheckpointError,
      "--tokenizer NAME",
    );
    assertEquals(await exists(`${folder}/other`), false);
  }));

gpuTest(
  "imports and exports leave nothing behind when they are stopped",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`);
      const model = await openModel(`${folder}/run`);
      for (
        const transfer of [
          (options: TransferOptions) =>
            importModel(model, { weights: "ema", run: `${folder}/new`, ...options }),
          (options: TransferOptions) =>
            exportTorchFile(model, { weights: "ema", out: `${folder}/new`, ...options }),
          (options: TransferOptions) =>
            exportHubFolder(model, { weights: "ema", out: `${folder}/new`, card: "", ...options }),
        ]
      ) {
        const stop = new AbortController();
        const onProgress = (done: number) => void (done > 0 && stop.abort(new Error("enough")));
        await assertRejects(() => transfer({ onProgress, signal: stop.signal }), Error, "enough");
        assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["run"]);
      }
    }),
);

gpuTest("an import comes over a network as well", (gpu) =>
  withFolder(async (folder) => {
    await writeTinyCheckpoint(gpu, `${folder}/run`);
    const run = await openModel(`${folder}/run`);
    await exportTorchFile(run, { weights: "ema", out: `${folder}/a.ckpt` });
    for (const ranges of [true, false]) {
      await using server = serveFolders({ "/": folder }, { ranges });
      const there = await openModel(`${server.origin}/a.ckpt`);
      await importModel(there, { weights: "ema", run: `${folder}/copy-${ranges}` });
      const copy = await openModel(`${folder}/copy-${ranges}`);
      assertEquals(await hashesOf(copy), await hashesOf(run));
    }
  }));

gpuTest(
  "requireResumable() says why no training goes on from an import",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`);
      const run = await Checkpoint.open(`${folder}/run`);
      assertEquals(requireResumable(run), run);
      await importModel(run, { weights: "ema", run: `${folder}/copy` });
      const copy = await Checkpoint.open(`${folder}/copy`);
      assertThrows(
        () => requireResumable(copy),
        CheckpointError,
        `${copy.location} was imported from ${run.location}, without the state of its optimizer`,
      );
    }),
);

gpuTest("loadFrozen() takes a teacher that is no run", (gpu) =>
  withFolder(async (folder) => {
    await writeTinyCheckpoint(gpu, `${folder}/run`);
    const run = await openModel(`${folder}/run`);
    await exportTorchFile(run, { weights: "ema", out: `${folder}/a.ckpt` });
    await exportHubFolder(run, { weights: "ema", out: `${folder}/hub`, card: "" });
    const role = { networkClass: Dit, kind: "flm", role: "teacher", tokenizer: "text8" };
    for (const each of ["run", "a.ckpt", "hub"]) {
      using teacher = await loadFrozen(gpu, `${folder}/${each}`, role);
      assertEquals(teacher.identity, { step: TINY_STEP, sha256: await run.identity("ema") }, each);
      assertEquals(teacher.location, each === "run" ? run.location : `${folder}/${each}`);
    }
    const notes: string[] = [];
    await assertRejects(
      () =>
        loadFrozen(gpu, `${CKPT}/tiny_flm.ckpt`, { ...role, onNote: (note) => notes.push(note) }),
      CheckpointError,
      "its tokenizer is ids, expected text8",
    );
    assertEquals(notes.length, 1);
  }));

gpuTest(
  "exports replace nothing that is there, unless they are told to",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`);
      const run = await openModel(`${folder}/run`);
      const file = { weights: "ema", out: `${folder}/a.ckpt` } as const;
      const hub = { weights: "ema", out: `${folder}/hub`, card: "" } as const;
      for (const overwrite of [false, true]) {
        await exportTorchFile(run, { ...file, overwrite });
        await exportHubFolder(run, { ...hub, overwrite });
      }
      const message = "already. Choose another path, or add --overwrite.";
      await assertRejects(() => exportTorchFile(run, file), CheckpointError, message);
      await assertRejects(() => exportHubFolder(run, hub), CheckpointError, message);

      await writeTinyCheckpoint(gpu, `${folder}/ar`, { kind: "ar" });
      const ar = await openModel(`${folder}/ar`);
      for (const write of [exportTorchFile, exportHubFolder]) {
        await assertRejects(
          () => write(ar, { ...hub, out: `${folder}/none` }),
          CheckpointError,
          'a model of the kind "ar", which the reference has not',
        );
      }
    }),
);

gpuTest(
  "an exported folder is compared with what was written when it is loaded",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`);
      const out = `${folder}/hub`;
      const run = await openModel(`${folder}/run`);
      await exportHubFolder(run, { weights: "ema", out, dtype: "F16", card: "" });
      (await FlowLanguageModel.load(out, { gpu }))[Symbol.dispose]();
      const path = `${out}/model.safetensors`;
      const bytes = await Deno.readFile(path);
      bytes[bytes.length - 2]! ^= 1;
      await Deno.writeFile(path, bytes);
      const damage = "model.safetensors is damaged: it has SHA-256";
      await assertRejects(() => FlowLanguageModel.load(out, { gpu }), CheckpointError, damage);
      await Deno.truncate(path, bytes.length - 2);
      await assertRejects(
        () => FlowLanguageModel.load(out, { gpu }),
        CheckpointError,
        `model.safetensors is damaged: it has ${bytes.length - 2} bytes, but ${bytes.length}`,
      );
    }),
);

gpuTest("a damaged run is not exported", (gpu) =>
  withFolder(async (folder) => {
    const checkpoint = await writeTinyCheckpoint(gpu, `${folder}/run`);
    const run = await openModel(`${folder}/run`);
    const path = `${checkpoint}/ema.safetensors`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 2]! ^= 1;
    await Deno.writeFile(path, bytes);
    for (const out of [`${folder}/a.ckpt`, `${folder}/hub`]) {
      const write = out.endsWith(".ckpt") ? exportTorchFile : exportHubFolder;
      await assertRejects(
        () => write(run, { weights: "ema", out, card: "" }),
        CheckpointError,
        "is damaged",
      );
      assertEquals(await exists(out), false, out);
    }
  }));

gpuTest(
  "exportHubFolder() rounds to float16 where that is asked for",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`);
      const run = await openModel(`${folder}/run`);
      const out = `${folder}/half`;
      const counts: [done: number, total: number][] = [];
      const onProgress = (...count: [number, number]) => void counts.push(count);
      await exportHubFolder(run, { weights: "ema", out, dtype: "F16", card: "", onProgress });
      const [done, total] = counts.at(-1)!;
      assertEquals(done, total);
      // Before the numbers is the header, whose size the first 8 bytes tell.
      const written = await Deno.readFile(`${out}/model.safetensors`);
      const header = Number(new DataView(written.buffer).getBigUint64(0, true));
      assertEquals(total, written.length - 8 - header);
      const name = "output_layer.linear.weight";
      using half = await SafetensorsFile.open(`${out}/model.safetensors`);
      assertEquals(half.info(name).dtype, "F16");
      const exact = await run.read("ema", (file) => file.readRange(name, 0, 64));
      const rounded = await half.readRange(name, 0, 64);
      assertEquals(rounded, new Float32Array(new Float16Array(exact)));
      assertNotEquals(rounded, exact);
      const config = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
      assertEquals([config.torch_dtype, config.algo.name, config.model.n_heads], [
        "float16",
        "flm",
        2,
      ]);
      // It is read as any other.
      using model = await FlowLanguageModel.load(out, { gpu });
      assertEquals((await model.sample({ numSteps: 1 })).length, 1);
    }),
);

gpuTest(
  "exportTorchFile() writes the reference's names, in its order",
  (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`, { kind: "semigroup" });
      const run = await openModel(`${folder}/run`);
      const write = async (weights: Weights) => {
        const out = `${folder}/${weights.replace(":", "-")}.ckpt`;
        await exportTorchFile(run, { weights, out });
        return out;
      };
      using file = await TorchFile.open(await write("ema"));
      const saved = file.value as Map<string, unknown>;
      const names = [...(saved.get("state_dict") as Map<string, unknown>).keys()];
      const [first, ...rest] = names;
      assertEquals(first, "backbone.vocab_embed.embedding");
      assertMatch(
        rest.join(),
        /sigma_map_prime\.mlp\.2\.bias,backbone\.rotary_emb\.inv_freq,backbone\.blocks\.0\.norm1/,
      );
      assert(rest.includes("teacher_model.backbone.output_layer.linear.bias"));
      const config = (saved.get("hyper_parameters") as Map<string, unknown>).get("config");
      const algo = (config as Map<string, Map<string, unknown>>).get("algo")!;
      assertEquals([algo.get("name"), algo.get("double_temb")], ["flm_distill", true]);
      assertEquals(saved.has("ema"), true);
      using last = await TorchFile.open(await write("model"));
      assertEquals((last.value as Map<string, unknown>).has("ema"), false);
      await assertRejects(
        () => write("ema:0.5"),
        CheckpointError,
        "no running average of decay 0.5",
      );
    }),
);

Deno.test({
  name: `torch.load opens what exportTorchFile() writes${TORCH_NOTE}`,
  ignore: !HAS_TORCH,
  fn: () =>
    withFolder(async (folder) => {
      const model = await openModel(`${CKPT}/tiny_fmlm_compiled.ckpt`, { tokenizer: "ids" });
      const out = `${folder}/a.ckpt`;
      await exportTorchFile(model, { weights: "ema", out });
      const printed = await runTorch(`
import torch, json
new = torch.load(${JSON.stringify(out)}, map_location="cpu")
names = [n for n in new["state_dict"] if "inv_freq" not in n]
assert len(names) == len(new["ema"]["shadow_params"])
head = 8
frequencies = 1.0 / (10000 ** (torch.arange(0, head, 2).float() / head))
error = (new["state_dict"]["backbone.rotary_emb.inv_freq"] - frequencies).abs().max().item()
print(json.dumps([
    new["global_step"], new["ema"]["decay"], new["hyper_parameters"]["config"]["algo"]["name"],
    error < 1e-7, new["state_dict"]["backbone.blocks.1.mlp.2.bias"].tolist(),
    new["ema"]["shadow_params"][0].flatten()[:5].tolist()]))
`);
      const [step, decay, name, isClose, bias, average] = JSON.parse(printed);
      assertEquals([step, decay, name, isClose], [1234, 0.9999, "fmlm", true]);
      const own = await model.read("model", (file) => file.readRange("blocks.1.mlp.2.bias", 0, 32));
      assertEquals(Float32Array.from(bias), own);
      const ema = await model.read("ema", (file) => file.readRange("vocab_embed.embedding", 0, 5));
      assertEquals(Float32Array.from(average), ema);
    }),
});
