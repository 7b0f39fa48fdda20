import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { OrderedDict, Tuple } from "../../lib/pickle/values.ts";
import { PickleFloat } from "../../lib/pickle/writer.ts";
import type { DType } from "../../lib/safetensors/dtype.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { TorchFile } from "../../lib/torch/file.ts";
import { requireTensors } from "../../lib/torch/require_tensors.ts";
import { NewTensor, writeTorchFile } from "../../lib/torch/writer.ts";
import { withFolder } from "../testing/folder.ts";
import { GOLDEN, valueAt } from "../testing/golden_checkpoints.ts";
import { HAS_TORCH, runTorch, TORCH_NOTE } from "../testing/python_torch.ts";

Deno.test("writeTorchFile() writes what TorchFile reads, bit by bit", async () => {
  using golden = await SafetensorsFile.open(new URL("odd_weights_flm.safetensors", GOLDEN));
  const names = new Map<NewTensor, string>();
  const tensors = new OrderedDict();
  for (const { name, shape } of golden.tensors.values()) {
    const tensor = new NewTensor("F32", shape);
    names.set(tensor, name);
    tensors.set(name, tensor);
  }
  await withFolder(async (folder) => {
    const path = `${folder}/model.ckpt`;
    const tree = { state_dict: tensors, epoch: 3, lr: new PickleFloat(1), betas: new Tuple([0.9]) };
    await writeTorchFile(path, tree, async function* (tensor) {
      for await (const { values } of golden.pieces(names.get(tensor)!, 1000)) yield values;
    });
    using file = await TorchFile.open(path);
    assertEquals([...(file.value as Map<string, unknown>).keys()], Object.keys(tree));
    assertEquals([valueAt(file, "epoch"), valueAt(file, "lr")], [3, 1]);
    assertEquals(valueAt(file, "betas"), new Tuple([0.9]));
    const found = file.tensorFile(
      requireTensors(file, "state_dict", valueAt(file, "state_dict")),
    );
    assertEquals([...found.tensors.keys()], [...golden.tensors.keys()]);
    for (const { name, shape, numElements } of golden.tensors.values()) {
      found.info(name, shape);
      assertEquals(await found.readRange(name, 0, numElements), await golden.read(name));
    }
  });
});

/** A tree with tensors of all types, a scalar, an empty and a shared one, and their bytes. */
function variedTree() {
  const values = new Map<NewTensor, ArrayBufferView>([
    [new NewTensor("F64", [2]), new Float64Array([0.1, -1e300])],
    [new NewTensor("F32", []), new Float32Array([1.5])],
    [new NewTensor("F16", [2, 1]), new Float16Array([0.5, -2])],
    [new NewTensor("BF16", [3]), new Uint16Array([0x3f80, 0x4000, 0xc040])],
    [new NewTensor("I64", [2]), new BigInt64Array([-1n, 5n])],
    [new NewTensor("I32", [1, 1, 2]), new Int32Array([-1, 5])],
    [new NewTensor("I16", [2]), new Int16Array([-1, 5])],
    [new NewTensor("I8", [2]), new Int8Array([-1, 5])],
    [new NewTensor("U8", [0, 4]), new Uint8Array(0)],
    [new NewTensor("BOOL", [2]), new Uint8Array([0, 1])],
  ]);
  const tensors = new OrderedDict([...values.keys()].map((tensor) => [tensor.dtype, tensor]));
  tensors.set("again", tensors.get("F32"));
  return { tree: { tensors, n: [1, 2 ** 40, "ü", null, true] }, values };
}

Deno.test("writeTorchFile() writes tensors of every type", async () => {
  await withFolder(async (folder) => {
    const { tree, values } = variedTree();
    const path = `${folder}/x.pt`;
    await writeTorchFile(path, tree, (tensor) => values.get(tensor)!);
    using file = await TorchFile.open(path);
    const found = requireTensors(file, "tensors", valueAt(file, "tensors"));
    assertEquals([...found].map(([name, { dtype }]) => name === "again" || name === dtype), [
      ...new Array(11).fill(true),
    ]);
    assertEquals(await file.read(found.get("F64")!, "f64"), new Float64Array([0.1, -1e300]));
    assertEquals(await file.read(found.get("F16")!), new Float32Array([0.5, -2]));
    assertEquals(await file.read(found.get("BF16")!), new Float32Array([1, 2, -3]));
    for (const type of ["I64", "I32", "I16", "I8"]) {
      assertEquals(await file.read(found.get(type)!, "i32"), new Int32Array([-1, 5]), type);
    }
    assertEquals(await file.read(found.get("U8")!, "i32"), new Int32Array(0));
    assertEquals(await file.read(found.get("BOOL")!, "i32"), new Int32Array([0, 1]));
    assertEquals(found.get("again")!.storage.key, found.get("F32")!.storage.key);
    assertEquals(found.get("F32")!.shape, []);
  });
});

Deno.test("writeTorchFile() leaves the old file when a tensor cannot be written", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/x.pt`;
    await Deno.writeTextFile(path, "old");
    const cases: [DType, number[], number, string][] = [
      ["F32", [2], 4, "a tensor, F32 of shape [2], takes 8 bytes, but 4 were given"],
      ["F32", [1], 8, "takes 4 bytes, but 8 were given"],
      ["U64", [1], 8, "PyTorch has no storages of the type U64"],
      ["F32", [-1], 0, "a tensor has the impossible shape [-1]"],
    ];
    for (const [dtype, shape, length, message] of cases) {
      const write = () =>
        writeTorchFile(path, [new NewTensor(dtype, shape)], () => new Uint8Array(length));
      await assertRejects(write, CheckpointError, message);
    }
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test({
  name: `torch.load reads what writeTorchFile() writes, also with weights_only${TORCH_NOTE}`,
  ignore: !HAS_TORCH,
  fn: () =>
    withFolder(async (folder) => {
      const { tree, values } = variedTree();
      const path = `${folder}/x.pt`;
      await writeTorchFile(path, tree, (tensor) => values.get(tensor)!);
      const printed = await runTorch(`
import json, torch
for weights_only in (False, True):
    tree = torch.load(${JSON.stringify(path)}, weights_only=weights_only)
    print(json.dumps([type(tree["tensors"]).__name__, tree["n"], [
        [name, str(t.dtype), list(t.shape), t.double().tolist(), t.storage_offset(), t.requires_grad]
        for name, t in tree["tensors"].items()]]))
    assert tree["tensors"]["again"] is tree["tensors"]["F32"]
`);
      const expected = ["OrderedDict", tree.n, [
        ["F64", "torch.float64", [2], [0.1, -1e300], 0, false],
        ["F32", "torch.float32", [], 1.5, 0, false],
        ["F16", "torch.float16", [2, 1], [[0.5], [-2]], 0, false],
        ["BF16", "torch.bfloat16", [3], [1, 2, -3], 0, false],
        ["I64", "torch.int64", [2], [-1, 5], 0, false],
        ["I32", "torch.int32", [1, 1, 2], [[[-1, 5]]], 0, false],
        ["I16", "torch.int16", [2], [-1, 5], 0, false],
        ["I8", "torch.int8", [2], [-1, 5], 0, false],
        ["U8", "torch.uint8", [0, 4], [], 0, false],
        ["BOOL", "torch.bool", [2], [0, 1], 0, false],
        ["again", "torch.float32", [], 1.5, 0, false],
      ]];
      const lines = printed.trim().split("\n").map((line) => JSON.parse(line));
      assertEquals(lines, [expected, expected]);
    }),
});
