import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { memorySource } from "../../lib/io/byte_source.ts";
import {
  OrderedDict,
  type PersistentId,
  PickleGlobal,
  PickleObject,
  Tuple,
} from "../../lib/pickle/values.ts";
import { writePickle } from "../../lib/pickle/writer.ts";
import { TorchFile } from "../../lib/torch/file.ts";
import type { TorchTensor } from "../../lib/torch/tensor.ts";
import { HAS_TORCH, runTorch, TORCH_NOTE } from "../testing/python_torch.ts";
import { pickleOf } from "../testing/pickles.ts";
import { withFolder } from "../testing/folder.ts";
import { storageId, tensorCall } from "../testing/torch_pickles.ts";
import { handTorch } from "../testing/zip.ts";

const VALUES = Float32Array.from({ length: 24 }, (_, i) => i);
const STORAGE = storageId("0", "FloatStorage", 24);

function openTree(tree: unknown): Promise<TorchFile> {
  return openPickle(writePickle(tree));
}

function openPickle(pickle: Uint8Array<ArrayBuffer>): Promise<TorchFile> {
  const storages = { 0: new Uint8Array(VALUES.buffer), "../x": new Uint8Array(4) };
  return TorchFile.open(memorySource(handTorch(pickle, storages), "x.pt", CheckpointError));
}

/** Elements of a view, one by one. */
function viewed(offset: number, shape: readonly number[], strides: readonly number[]): number[] {
  if (shape.length === 0) return [VALUES[offset]!];
  return Array.from(
    { length: shape[0]! },
    (_, i) => viewed(offset + i * strides[0]!, shape.slice(1), strides.slice(1)),
  ).flat();
}

Deno.test("TorchFile reads views of any shape, strides and offset", async () => {
  const views: [number, number[], number[]][] = [
    [0, [], []],
    [23, [], []],
    [0, [24], [1]],
    [0, [4, 6], [6, 1]],
    [0, [6, 4], [1, 6]],
    [3, [2, 3, 2], [12, 1, 4]],
    [1, [5, 1, 3], [4, 99, 1]],
    [2, [1, 1], [7, 5]],
    [7, [3, 4], [0, 1]],
    [7, [3, 4], [1, 0]],
    [0, [3, 4], [2, 3]],
    [23, [5], [0]],
    [0, [0], [1]],
    [99, [2, 0, 3], [5, 5, 5]],
  ];
  using file = await openTree(views.map((view) => tensorCall(STORAGE, ...view)));
  for (const [i, tensor] of (file.value as TorchTensor[]).entries()) {
    const expected = Float32Array.from(viewed(...views[i]!));
    assertEquals(tensor.numElements, expected.length);
    assertEquals(await file.read(tensor), expected, `${views[i]}`);
    for (let start = 0; start < expected.length; start += 5) {
      const count = Math.min(3, expected.length - start);
      const part = await file.readRange(tensor, start, count);
      assertEquals(part, expected.slice(start, start + count), `${views[i]} ${start}`);
    }
  }
});

Deno.test("TorchFile knows parameters, tensors with attributes and untyped storages", async () => {
  const tensor = tensorCall(STORAGE, 0, [2], [1]);
  const call = (module: string, name: string, args: unknown[]) =>
    new PickleObject(new PickleGlobal(module, name), args);
  const untyped = storageId("0", "storage.UntypedStorage", 96);
  const more = [new PickleGlobal("torch", "uint16"), new OrderedDict()];
  using file = await openTree([
    call("torch._utils", "_rebuild_parameter", [tensor, true, new OrderedDict()]),
    call("torch._utils", "_rebuild_parameter_with_state", [tensor, true, null, new Map()]),
    call("torch._tensor", "_rebuild_from_type_v2", [
      tensor.callable,
      new PickleGlobal("torch", "Tensor"),
      new Tuple(tensor.args),
      new Map(),
    ]),
    tensorCall(untyped, 2, [2], [1], { name: "_rebuild_tensor_v3", more }),
    tensorCall(STORAGE, 0, [2], [1], { more: [new Map()] }),
  ]);
  const tensors = file.value as TorchTensor[];
  for (const i of [0, 1, 2, 4]) {
    assertEquals(await file.read(tensors[i]!), VALUES.slice(0, 2), `${i}`);
  }
  assertEquals(tensors[3]!.dtype, "U16");
  const halves = new Uint16Array(VALUES.buffer);
  assertEquals(await file.read(tensors[3]!, "i32"), Int32Array.from(halves.slice(2, 4)));
});

Deno.test("TorchFile leaves tensors of other kinds as records", async () => {
  using file = await openTree([
    tensorCall(storageId("0", "ComplexFloatStorage", 12), 0, [2], [1]),
    tensorCall(storageId("0", "cuda.FloatStorage", 12), 0, [2], [1]),
    tensorCall(STORAGE, 0, [2], [1], { more: [new Map([["neg", true]])] }),
    tensorCall(STORAGE, 0, [2], [1], { name: "_rebuild_sparse_tensor" }),
    tensorCall(7, 0, [2], [1]),
  ]);
  for (const value of file.value as unknown[]) {
    assertEquals(value instanceof PickleObject, true);
  }
  using other = await openTree(storageId("0", "OddStorage", 24));
  assertEquals((other.value as PersistentId).id instanceof Tuple, true);
});

Deno.test("TorchFile.open() throws when a tensor cannot be where the pickle says", async () => {
  const huge = 2 ** 52;
  const cases: [unknown, string][] = [
    [storageId("1", "FloatStorage", 24), 'names the storage "x/data/1", which is not there'],
    [storageId("../../x", "FloatStorage", 1), 'names the storage "x/data/../../x"'],
    [storageId("0", "FloatStorage", 25), "has 96 bytes, but 25 elements of type F32 take 100"],
    [storageId("0", "FloatStorage", -24), "has 96 bytes, but -24 elements"],
    [storageId("0", "DoubleStorage", 24), "has 96 bytes, but 24 elements of type F64 take 192"],
    [storageId("0", "FloatStorage", huge), "has 96 bytes, but 4503599627370496 elements"],
    [tensorCall(STORAGE, 1, [24], [1]), "reaches beyond the 24 elements of its storage"],
    [tensorCall(STORAGE, 0, [2], [24]), "reaches beyond the 24 elements"],
    [tensorCall(STORAGE, 24, [], []), "reaches beyond the 24 elements"],
    [tensorCall(STORAGE, 0, [2, 2], [huge * 1.5, huge * 1.5]), "reaches beyond the 24 elements"],
    [tensorCall(STORAGE, 0, [huge, 2], [0, 0]), "the impossible shape"],
    [tensorCall(STORAGE, 0, [2 ** 30, 2 ** 30, 2 ** 30], [1, 1, 1]), "the impossible shape"],
    [tensorCall(STORAGE, -1, [2], [1]), "the impossible shape [2], strides [1] and offset -1"],
    [tensorCall(STORAGE, 23, [2], [-1]), "the impossible shape [2], strides [-1]"],
    [tensorCall(STORAGE, 0, [-2], [1]), "the impossible shape [-2]"],
    [tensorCall(STORAGE, 0.5, [2], [1]), "the impossible shape"],
    [tensorCall(STORAGE, 0, [2.5], [1]), "the impossible shape"],
    [tensorCall(STORAGE, 0, [2], [1, 1]), "the impossible shape"],
    [tensorCall(STORAGE, 0, new Array(65).fill(1), new Array(65).fill(1)), "the impossible shape"],
    [tensorCall(STORAGE, 0, new Array(9999).fill(1), []), "the impossible shape of 9999 axes"],
    [tensorCall(STORAGE, 0, ["2"], [1]), "an impossible layout"],
    [tensorCall(STORAGE, 2n ** 70n, [2], [1]), "an impossible layout"],
    [tensorCall(STORAGE, 0, [2n ** 70n], [1]), "an impossible layout"],
  ];
  for (const [value, message] of cases) {
    const error = await assertRejects(() => openTree([value]), CheckpointError, message);
    assertEquals(error.message.startsWith("Cannot read x.pt: "), true);
  }
});

Deno.test("TorchFile.readRange() does not write out what repeats few elements many times", async () => {
  using file = await openTree(tensorCall(STORAGE, 0, [2 ** 40, 3], [0, 1]));
  const tensor = file.value as TorchTensor;
  await assertRejects(() => file.read(tensor), CheckpointError, "67108864 are read at most");
});

Deno.test("TorchFile.open() names a command that a file asks for, wherever it does", async () => {
  for (
    const path of [
      "os.system",
      "nt.system",
      "subprocess.Popen",
      "builtins.eval",
      "__builtin__.exec",
    ]
  ) {
    const [module, name] = path.split(".");
    const call = new PickleObject(new PickleGlobal(module!, name!), ["touch PWNED"]);
    const message = `Cannot read x.pt: it asks whoever loads it to run ${path}, `;
    await assertRejects(() => openTree({ a: [call] }), CheckpointError, message);
  }
  // A name that is never called is only data.
  using file = await openPickle(pickleOf("cos\nsystem\n"));
  assertEquals((file.value as PickleGlobal).path, "os.system");
});

Deno.test({
  name: `TorchFile reads what torch.save writes of views and types${TORCH_NOTE}`,
  ignore: !HAS_TORCH,
  fn: () =>
    withFolder(async (folder) => {
      const printed = await runTorch(`
import json, torch
base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
tensors = {
    "base": base,
    "transposed": base.transpose(0, 2),
    "slice": base[1:, ::2, 3],
    "expanded": base[0, 0].expand(3, 5),
    "parameter": torch.nn.Parameter(base[0] * 2),
    "double": base.double() / 3,
    "half": base.half()[::2],
    "bfloat": base[0].bfloat16().t(),
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 3),
    **{str(t): torch.arange(-3, 3).to(t)[1::2] for t in (torch.int64, torch.int32, torch.int16, torch.int8)},
    "uint8": torch.arange(6, dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
}
torch.save(tensors, ${JSON.stringify(`${folder}/x.pt`)})
print(json.dumps({name: [list(t.shape), t.double().flatten().tolist()] for name, t in tensors.items()}))
`);
      using file = await TorchFile.open(`${folder}/x.pt`);
      const found = file.value as Map<string, TorchTensor>;
      const expected = JSON.parse(printed) as Record<string, [number[], number[]]>;
      assertEquals([...found.keys()], Object.keys(expected));
      for (const [name, [shape, values]] of Object.entries(expected)) {
        const tensor = found.get(name)!;
        const isInteger = /^[IUB]\d|^BOOL/.test(tensor.dtype);
        const read = await file.read(tensor, isInteger ? "i32" : "f64");
        assertEquals([tensor.shape, [...read]], [shape, values], name);
      }
    }),
});
