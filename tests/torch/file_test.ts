import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import type { PickleObject } from "../../lib/pickle/values.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { TorchFile } from "../../lib/torch/file.ts";
import { requireTensors } from "../../lib/torch/require_tensors.ts";
import { exists } from "../../lib/system/exists.ts";
import { withFolder } from "../testing/folder.ts";
import {
  CHECKPOINTS,
  EXPECTED,
  GOLDEN,
  openGolden,
  valueAt,
  weightsOf,
} from "../testing/golden_checkpoints.ts";
import { serveFolders } from "../testing/static_server.ts";

/** The nearest bfloat16, ties to even. */
function rounded(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0]!;
  const up = bits + 0x7fff + (bits >>> 16 & 1);
  return new Float32Array(new Uint32Array([up & 0xffff0000]).buffer)[0]!;
}

const USABLE = Object.entries(EXPECTED).filter(([, { ok }]) => ok !== false);

Deno.test("TorchFile reads the golden weights out of every checkpoint", async () => {
  assertEquals(USABLE.length, 6);
  for (const [name, { weights }] of USABLE) {
    using file = await openGolden(name);
    using golden = await SafetensorsFile.open(new URL(`${weights}.safetensors`, GOLDEN));
    const found = file.tensorFile(weightsOf(file));
    assertEquals([...found.tensors.keys()].sort(), [...golden.tensors.keys()].sort(), name);
    for (const [tensor, { shape, numElements }] of golden.tensors) {
      assertEquals(found.info(tensor, shape).dtype, name.endsWith("bf16") ? "BF16" : "F32");
      const expected = await golden.read(tensor);
      assertEquals(
        await found.readRange(tensor, 0, numElements),
        name.endsWith("bf16") ? expected.map(rounded) : expected,
        `${name} ${tensor}`,
      );
    }
  }
});

Deno.test("TorchFile reads the EMA of every checkpoint that has one", async () => {
  let count = 0;
  for (const [name] of USABLE) {
    const path = new URL(`${name}.ema.safetensors`, CHECKPOINTS);
    using file = await openGolden(name);
    assertEquals(await exists(path.pathname), valueAt(file, "ema") !== undefined, name);
    if (valueAt(file, "ema") === undefined) continue;
    using golden = await SafetensorsFile.open(path);
    const ema = requireTensors(file, "ema", valueAt(file, "ema", "shadow_params"));
    // By position, in the order of the model's parameters.
    const names = [...weightsOf(file).keys()];
    assertEquals(ema.size, names.length);
    for (const [position, tensor] of ema) {
      const expected = golden.info(names[Number(position)]!);
      assertEquals([tensor.shape, tensor.dtype], [expected.shape, "F32"], name);
      assertEquals(await file.read(tensor), await golden.read(expected.name), name);
    }
    count++;
  }
  assertEquals(count, 5);
});

Deno.test("TorchFile keeps what else a checkpoint holds as inert values", async () => {
  using file = await openGolden("tiny_flm");
  const config = valueAt(file, "hyper_parameters", "config");
  assertEquals((config as PickleObject).path, "omegaconf.dictconfig.DictConfig");
  assertEquals(typeof valueAt(file, "global_step"), "number");
});

Deno.test("TorchFile reads parts of a view as it reads the whole", async () => {
  using file = await openGolden("tiny_flm_views");
  const tensor = weightsOf(file).get("vocab_embed.embedding")!;
  assertEquals(tensor.isContiguous, false);
  const whole = await file.read(tensor);
  for (const [start, count] of [[0, 1], [5, 40], [33, 0], [100, 64], [whole.length - 7, 7]]) {
    const part = await file.readRange(tensor, start!, count!);
    assertEquals(part, whole.slice(start, start! + count!));
  }
  await assertRejects(
    () => file.readRange(tensor, 1, whole.length),
    CheckpointError,
    `elements 1 to ${whole.length + 1} were asked for, it has ${whole.length}`,
  );
});

Deno.test("TorchFile fetches the parts of a file that it needs", async () => {
  for (const ranges of [true, false]) {
    await using server = serveFolders({ "/": CHECKPOINTS.pathname }, { ranges });
    using file = await TorchFile.open(`${server.origin}/tiny_flm.ckpt`);
    using golden = await SafetensorsFile.open(new URL("tiny_weights_flm.safetensors", GOLDEN));
    const name = "output_layer.linear.weight";
    assertEquals(await file.read(weightsOf(file).get(name)!), await golden.read(name));
    assertEquals(server.answered.every(({ status }) => status === (ranges ? 206 : 200)), true);
  }
});

Deno.test("TorchFile.open() says what is wrong with a file", async () => {
  const cases: [string, string][] = [
    ["legacy", "_use_new_zipfile_serialization=True"],
    ["truncated", "the file is cut short"],
    ["evil", "run posix.system"],
    ["missing", "there is no such file"],
  ];
  for (const [name, message] of cases) {
    const error = await assertRejects(() => openGolden(name), CheckpointError, message);
    assertEquals(error.message.includes(`${name}.ckpt`), true, error.message);
  }
  assertEquals(await exists("PWNED"), false);
  await withFolder(async (folder) => {
    await assertRejects(() => TorchFile.open(folder), CheckpointError, "it is a folder");
    const contents: [string, string][] = [
      ["", "it is empty"],
      ["<!doctype html><title>Log in</title>", "it is a page of HTML"],
      ["version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"],
      ["\x10\0\0\0\0\0\0\0{}              ", "it is a safetensors file"],
      ["\x80\x02}.", "it is a pickle that stands alone"],
      ["anything", "nothing is known of what it is"],
      ["PK\x03\x04 and no more", "the file is cut short"],
    ];
    for (const [content, message] of contents) {
      const path = `${folder}/x.ckpt`;
      await Deno.writeFile(path, Uint8Array.from(content, (letter) => letter.charCodeAt(0)));
      const error = await assertRejects(() => TorchFile.open(path), CheckpointError, message);
      assertEquals(error.message.startsWith(`Cannot read ${path}: `), true);
    }
  });
});

Deno.test("requireTensors() names what is no tensor", async () => {
  using file = await openGolden("tiny_flm");
  const cases: [unknown, string][] = [
    [undefined, "state_dict is nothing, expected a dict of tensors"],
    [new Map(), "state_dict is a dict of 0, expected a dict of tensors"],
    [new Map([["a", null]]), 'state_dict["a"] is None, expected a tensor'],
    [[valueAt(file, "hyper_parameters", "config")], "an object of omegaconf.dictconfig.DictConfig"],
    [new Map([[null, 1]]), "a key of state_dict is None"],
  ];
  for (const [value, message] of cases) {
    assertThrows(() => requireTensors(file, "state_dict", value), CheckpointError, message);
  }
});
