/**
 * What checkpoints know of their files, and what is said of those that are damaged.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { writeCheckpoint } from "../../lib/checkpoint/writer.ts";
import { CheckpointError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { Dit } from "../../lib/model/dit.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { sha256Hex } from "../../lib/system/sha256.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { answerFile, serveFolders } from "../testing/static_server.ts";
import { forgetHashes, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { bertLayout, withFiles } from "../testing/tokenizer_files.ts";

/** Flips one bit of a file. */
async function flip(path: string, byte: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[byte]! ^= 0x40;
  await Deno.writeFile(path, bytes);
}

/** Writes a run with checkpoints of the steps given. */
async function writeRun(gpu: Gpu, run: string, steps: readonly number[]): Promise<void> {
  for (const step of steps) await writeTinyCheckpoint(gpu, run, { step, keep: steps.length });
}

const load = async (gpu: Gpu, location: string): Promise<void> => {
  using _model = await FlowLanguageModel.load(location, { gpu });
};

gpuTest(
  "Checkpoint.identity() is the SHA-256 of a file, recorded or not",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      const expected = await sha256Hex(await Deno.readFile(`${folder}/ema.safetensors`));
      assertEquals(await (await Checkpoint.open(run)).identity("ema"), expected);
      await forgetHashes(folder);
      const older = await Checkpoint.open(run);
      assertEquals([older.state.files, await older.identity("ema")], [undefined, expected]);
      await older.verify();
    }),
);

gpuTest(
  "a checkpoint's damaged file is named wherever a bit is flipped",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      for (const group of ["ema", "model", "optimizer"] as const) {
        const path = `${folder}/${group}.safetensors`;
        const { size } = await Deno.stat(path);
        // The last bit of the header's padding, and the first and last of what follows.
        for (const byte of [size - 1, Math.floor(size * 0.7)]) {
          await flip(path, byte);
          const checkpoint = await Checkpoint.open(run);
          await assertRejects(() => checkpoint.verify(), CheckpointError, `${path} is damaged`);
          if (group !== "optimizer") {
            await assertRejects(() => checkpoint.network(gpu, Dit, group), CheckpointError, path);
          }
          await flip(path, byte);
        }
      }
      await (await Checkpoint.open(run)).verify();
    }),
);

gpuTest(
  "a damaged name or number is told together with the damage of its file",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      const path = `${folder}/ema.safetensors`;
      const bytes = await Deno.readFile(path);
      const text = new TextDecoder("latin1").decode(bytes);
      const wrong = bytes.slice();
      wrong[text.indexOf("vocab_embed")] = 0x57;
      const noNumber = bytes.slice();
      new DataView(noNumber.buffer).setFloat32(bytes.length - 4, NaN, true);
      for (
        const [content, said] of [
          [
            wrong,
            `Cannot read tensor "vocab_embed.embedding" of ${path}: the file has none of that`,
          ],
          [
            noNumber,
            `The tensor "output_layer.adaLN_modulation.bias" of ${path} has the value NaN`,
          ],
          [bytes.with(0, bytes[0]! ^ 1), `Cannot read ${path}: its header is not JSON`],
        ] as const
      ) {
        await Deno.writeFile(path, content);
        const { message } = await assertRejects(() => load(gpu, run), CheckpointError);
        assertStringIncludes(message, said);
        assertStringIncludes(message, `. ${path} is damaged: it has SHA-256`);
      }
    }),
);

gpuTest(
  "a checkpoint's damage is noticed over http, with ranges and without",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      const { size } = await Deno.stat(`${folder}/ema.safetensors`);
      for (const ranges of [true, false]) {
        await using server = serveFolders({ "/run/": run }, { ranges });
        await load(gpu, `${server.origin}/run`);
        await flip(`${folder}/ema.safetensors`, size - 3);
        await assertRejects(
          () => load(gpu, `${server.origin}/run`),
          CheckpointError,
          "ema.safetensors is damaged: it has SHA-256",
        );
        await flip(`${folder}/ema.safetensors`, size - 3);
      }
    }),
);

gpuTest(
  "a checkpoint's weights are asked for again when a server is busy",
  (gpu) =>
    withFolder(async (run) => {
      await writeTinyCheckpoint(gpu, run);
      let asked = 0;
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        (request) => {
          const { pathname } = new URL(request.url);
          return pathname.endsWith("ema.safetensors") && asked++ === 0
            ? new Response(null, { status: 503 })
            : answerFile(run + pathname, null);
        },
      );
      await load(gpu, `http://127.0.0.1:${server.addr.port}/`);
      assertEquals(asked, 2);
    }),
);

gpuTest(
  "a damaged checkpoint's error names the newest whole one and how to go on",
  (gpu) =>
    withFolder(async (run) => {
      await writeRun(gpu, run, [5, 10, 15, 20]);
      const file = (step: string, name: string) => `${run}/checkpoints/00000${step}/${name}`;
      const wayOn = (step: number) =>
        `The newest whole one before it is ${run}/checkpoints/${
          String(step).padStart(7, "0")
        }; go ` +
        `on from it: deno task train --resume ${run} --step ${step}`;
      const said = async () => (await assertRejects(() => load(gpu, run), CheckpointError)).message;

      await flip(file("20", "ema.safetensors"), 5000);
      assertStringIncludes(await said(), `${file("20", "ema.safetensors")} is damaged`);
      assertStringIncludes(await said(), wayOn(15));
      // A checkpoint is whole only if all of it is.
      await flip(file("15", "optimizer.safetensors"), 9);
      assertStringIncludes(await said(), wayOn(10));
      await Deno.remove(file("20", "ema.safetensors"));
      assertStringIncludes(await said(), wayOn(10));
      await Deno.writeTextFile(file("20", "state.json"), "{");
      assertStringIncludes(await said(), `Cannot read ${file("20", "state.json")}: it is not JSON`);
      assertStringIncludes(await said(), wayOn(10));
      for (const step of ["10", "05"]) await Deno.remove(file(step, "model.safetensors"));
      assertStringIncludes(await said(), `The run ${run} has no whole checkpoint before it.`);
    }),
);

gpuTest(
  "a checkpoint that is whole is not blamed for what is asked of it in vain",
  (gpu) =>
    withFolder(async (run) => {
      await writeRun(gpu, run, [5, 10]);
      const checkpoint = await Checkpoint.open(run);
      const said = async (read: Promise<unknown>) =>
        (await assertRejects(() => read, CheckpointError)).message;
      const fail = () => Promise.reject(new CheckpointError("It has no tensor of that name."));
      assertEquals(await said(checkpoint.read("ema", fail)), "It has no tensor of that name.");
      const asked = checkpoint.read("model", () => checkpoint.read("ema:0.5", fail));
      assertMatch(await said(asked), /no running average of decay 0.5: [^]* or for "model"\.$/);
    }),
);

gpuTest(
  "Checkpoint.open() takes the newest one there is when latest.json does not say",
  (gpu) =>
    withFolder(async (run) => {
      await writeRun(gpu, run, [5, 10]);
      const step = async () => (await Checkpoint.open(run)).state.step;
      assertEquals(await step(), 10);
      for (const text of ["", "<!DOCTYPE html>", "[]", `{"checkpoint":"checkpoints/0000015"}`]) {
        await Deno.writeTextFile(`${run}/latest.json`, text);
        assertEquals(await step(), 10);
      }
      await Deno.remove(`${run}/latest.json`);
      assertEquals(await step(), 10);
      await Deno.writeTextFile(`${run}/latest.json`, `{"checkpoint":"checkpoints/0000005"}`);
      assertEquals(await step(), 5);
    }),
);

gpuTest(
  "Checkpoint.open() takes the newest one when what it reads is replaced meanwhile",
  (gpu) =>
    withFolder(async (run) => {
      const stateAt = (step: number) => `${run}/checkpoints/000000${step}/state.json`;
      await writeTinyCheckpoint(gpu, run, { step: 1 });
      const { open } = Deno;
      let step = 1;
      // As a run that keeps one checkpoint writes them, whenever one is looked at, for a while.
      Deno.open = async (path, options) => {
        if (step < 4 && path === stateAt(step)) {
          await writeTinyCheckpoint(gpu, run, { step: ++step });
        }
        return await open(path, options);
      };
      try {
        assertEquals((await Checkpoint.open(run)).state.step, 4);
      } finally {
        Deno.open = open;
      }
      // One that is damaged is not waited for.
      await Deno.remove(stateAt(4));
      await assertRejects(() => Checkpoint.open(run), CheckpointError, `Cannot read ${stateAt(4)}`);
    }),
);

Deno.test("Checkpoint.open() says that there is no checkpoint at a file", () =>
  withFolder(async (folder) => {
    const file = `${folder}/file.txt`;
    await Deno.writeTextFile(file, "");
    await assertRejects(() => Checkpoint.open(file), CheckpointError, `No checkpoint at ${file}`);
  }));

Deno.test("Checkpoint.open() asks for text where it is given something else", async () => {
  for (const location of [undefined, null, 3, {}, new URL("https://host/runs/demo"), "", " "]) {
    await assertRejects(
      () => Checkpoint.open(location as unknown as string),
      CheckpointError,
      "Expected a checkpoint's folder as text, a path or the href of an address, found",
    );
  }
});

gpuTest(
  "Checkpoint.open() goes nowhere but into the run's folder",
  (gpu) =>
    withFolder(async (run) => {
      await writeTinyCheckpoint(gpu, run);
      for (
        const path of ["../../..", "/etc", "checkpoints/../..", "a\\b", ".x", "", "\x1b]0;", 7]
      ) {
        await Deno.writeTextFile(`${run}/latest.json`, JSON.stringify({ checkpoint: path }));
        const { message } = await assertRejects(() => Checkpoint.open(run), CheckpointError);
        assertStringIncludes(message, `${run}/latest.json: checkpoint: expected a folder inside`);
        assertStringIncludes(message, `found ${JSON.stringify(path)}`);
      }
    }),
);

gpuTest(
  "Checkpoint.open() takes no page for a latest.json, and names what cannot be read",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      const page = new TextEncoder().encode("<!DOCTYPE html>");
      let status = 200;
      await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (
        request,
      ) => {
        const { pathname } = new URL(request.url);
        const bytes = await Deno.readFile(`${folder}${pathname}`).catch(() => null);
        return bytes === null ? new Response(page, { status }) : new Response(bytes);
      });
      const origin = `http://127.0.0.1:${server.addr.port}`;
      await load(gpu, origin);
      const said = async () =>
        (await assertRejects(() => Checkpoint.open(`${origin}/x`), CheckpointError)).message;
      assertStringIncludes(await said(), `Cannot read ${origin}/x/state.json: it is not JSON`);
      status = 500;
      assertStringIncludes(
        await said(),
        `No checkpoint at ${origin}/x: Cannot read ${origin}/x/latest.json: the server`,
      );
    }),
);

gpuTest(
  "Checkpoint.network() compares sizes with the file before it takes memory",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      await forgetHashes(folder);
      const path = `${folder}/state.json`;
      const text = await Deno.readTextFile(path);
      gpu.resetPeak();
      const before = gpu.memory().peak;
      for (
        const [key, value, said] of [
          [
            "numBlocks",
            1e9,
            "ema.safetensors has 1 blocks, but state.json beside it says numBlocks",
          ],
          ["condDim", 4.5e15, 'tensor "sigma_map.mlp.0.weight"'],
          ["hiddenSize", 2 ** 40, 'tensor "vocab_embed.embedding"'],
          ["vocabSize", 2 ** 40, 'tensor "vocab_embed.embedding"'],
          ["doubleTemb", true, 'tensor "sigma_map_prime.mlp.0.weight"'],
        ] as const
      ) {
        const state = JSON.parse(text);
        state.model[key] = value;
        await Deno.writeTextFile(path, JSON.stringify(state));
        const checkpoint = await Checkpoint.open(run);
        await assertRejects(() => checkpoint.network(gpu, Dit, "ema"), CheckpointError, said);
      }
      assertEquals(gpu.memory().peak, before);
    }),
);

gpuTest(
  "Checkpoint.network() refuses weights that are no numbers or too large, by name of the tensor",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      await forgetHashes(folder);
      const path = `${folder}/ema.safetensors`;
      const bytes = await Deno.readFile(path);
      for (const value of [NaN, -Infinity, 2 ** 64]) {
        new DataView(bytes.buffer).setFloat32(bytes.length - 4, value, true);
        await Deno.writeFile(path, bytes);
        const checkpoint = await Checkpoint.open(run);
        await assertRejects(
          () => checkpoint.network(gpu, Dit, "ema"),
          CheckpointError,
          `The tensor "output_layer.adaLN_modulation.bias" of ${path} has the value ${value}`,
        );
      }
    }),
);

gpuTest(
  "writeCheckpoint() clears what killed processes left, whatever its step",
  (gpu) =>
    withFolder(async (run) => {
      await writeRun(gpu, run, [5, 10]);
      const folder = `${run}/checkpoints`;
      // Half a checkpoint of a step that is never written again, and half a removal.
      for (const name of [".0000007.0123456789ab.tmp", ".0000005.0123456789ab.tmp"]) {
        await Deno.mkdir(`${folder}/${name}`);
        await Deno.writeTextFile(`${folder}/${name}/ema.safetensors`, "half");
      }
      await writeTinyCheckpoint(gpu, run, { step: 15, keep: 2 });
      const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assertEquals(names.sort(), ["0000010", "0000015"]);
    }),
);

gpuTest(
  "a checkpoint's damaged vocabulary is noticed before its tokenizer is made",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      const { state } = await Checkpoint.open(run);
      const tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"];
      const tokenizer = { name: "bert-base-uncased", fingerprint: "0" };
      await writeCheckpoint(gpu, run, { ...state, tokenizer }, {}, 1, tokens.join("\n"));
      await flip(`${folder}/vocab.txt`, 3);
      const checkpoint = await Checkpoint.open(run);
      await assertRejects(
        () => checkpoint.tokenizer(),
        CheckpointError,
        `${folder}/vocab.txt is damaged: it has SHA-256`,
      );
    }),
);

gpuTest(
  "a checkpoint has the rules of its tokenizer with it",
  (gpu) =>
    withFolder(async (run) => {
      const folder = await writeTinyCheckpoint(gpu, run);
      const { state } = await Checkpoint.open(run);
      const words = Array.from({ length: state.model.vocabSize - 5 }, (_, i) => `word${i}`);
      const tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "The", ...words];
      const cased = await withFiles(
        { "my.json": JSON.stringify(bertLayout(tokens, {}, { normalizer: null })) },
        (path) => createTokenizer("bert-base-uncased", { file: path("my.json") }),
      );
      const { name, fingerprint, vocabulary } = cased;
      const described = { ...state, tokenizer: { name, fingerprint } };
      await writeCheckpoint(gpu, run, described, {}, 1, vocabulary);
      const checkpoint = await Checkpoint.open(run);
      assertEquals(checkpoint.state.tokenizer.file, "tokenizer.json");
      assertEquals((await checkpoint.tokenizer()).encode("The the word3"), [4, 1, 8]);
      assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/tokenizer.json`)).normalizer, {
        type: "BertNormalizer",
        clean_text: false,
        handle_chinese_chars: false,
        strip_accents: false,
        lowercase: false,
      });
    }),
);
