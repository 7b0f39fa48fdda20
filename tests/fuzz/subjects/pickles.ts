/**
 * Pickles, zip files and files of torch.save.
 *
 * @module
 */

import { CheckpointError } from "../../../lib/errors.ts";
import { memorySource } from "../../../lib/io/byte_source.ts";
import { childrenOf } from "../../../lib/pickle/nesting.ts";
import { readPickle } from "../../../lib/pickle/reader.ts";
import {
  OrderedDict,
  PersistentId,
  PickleGlobal,
  PickleObject,
  Tuple,
} from "../../../lib/pickle/values.ts";
import { writePickle } from "../../../lib/pickle/writer.ts";
import { concat } from "../../../lib/system/concat.ts";
import { TorchFile } from "../../../lib/torch/file.ts";
import { TorchTensor } from "../../../lib/torch/tensor.ts";
import { NewTensor, torchBytes } from "../../../lib/torch/writer.ts";
import { ZipFile } from "../../../lib/zip/reader.ts";
import { CHECKPOINTS } from "../../testing/golden_checkpoints.ts";
import { bytesOf, textPart } from "../../testing/pickles.ts";
import { storageId, tensorCall } from "../../testing/torch_pickles.ts";
import { deflated, handTorch, handZip } from "../../testing/zip.ts";
import { damagedBytes } from "../damage/bytes.ts";
import { encoded } from "../damage/text.ts";
import type { Bytes, Subject } from "../subject.ts";

/** Tensors up to here are read; damaged ones may claim to be larger. */
const MAX_READ = 2 ** 16;

const NUMBERS = new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer);
const STORAGE = storageId("0", "FloatStorage", 24);
const ZEROS = new Uint8Array(NUMBERS.length);
/** What a checkpoint holds, in little. */
const TREE = {
  state_dict: new OrderedDict([
    ["a", tensorCall(STORAGE, 0, [4, 6], [6, 1])],
    ["b", tensorCall(STORAGE, 1, [3, 4], [1, 5])],
    ["c", tensorCall(storageId("1", "HalfStorage", 48), 0, [48], [1])],
  ]),
  step: 300,
  rate: 0.5,
  large: 2n ** 80n,
  betas: new Tuple([0.9, 0.99, 1, 2]),
  config: new PickleObject(new PickleGlobal("omegaconf", "DictConfig"), []),
  id: new PersistentId("x"),
  list: [1, "two", [null, true]],
};
const PICKLE = writePickle(TREE);

/** Tensors as other versions write them, and of other types. */
const VIEWS = [
  new PickleObject(new PickleGlobal("torch._utils", "_rebuild_parameter"), [
    ...[tensorCall(STORAGE, 0, [2, 3], [0, 1]), false, new OrderedDict()],
  ]),
  tensorCall(STORAGE, 0, [24], [1], {
    name: "_rebuild_tensor_v3",
    more: [new PickleGlobal("torch", "int32"), new OrderedDict()],
  }),
  new PickleObject(new PickleGlobal("torch._tensor", "_rebuild_from_type_v2"), [
    new PickleGlobal("torch._utils", "_rebuild_tensor_v2"),
    new PickleGlobal("torch.nn.parameter", "Parameter"),
    new Tuple([STORAGE, 2, new Tuple([4]), new Tuple([1]), false, new OrderedDict()]),
    {},
  ]),
  tensorCall(storageId("2", "LongStorage", 12), 1, [3, 2, 1], [1, 3, 9]),
  tensorCall(storageId("1", "BoolStorage", 96), 0, [0, 5], [5, 1]),
];
const VIEWS_PICKLE = writePickle(VIEWS);

/** Instructions that `writePickle` has no use for. */
const ODD_PICKLE = bytesOf(
  ...[0x80, 4, 0x95, 60, 0, 0, 0, 0, 0, 0, 0, "(", 0x8f, 0x94, "(", "K", 1, "K", 2, 0x90],
  ...["C", 2, 0, 255, 0x94, ...textPart("os"), ...textPart("x"), 0x93, 0x94, ")", 0x81, 0x94],
  ...["}", ...textPart("k"), "N", "s", "b", "h", 2, ")", "}", 0x92, "(", "K", 1, "l", 0x86, "2"],
  ...["0", "(", "K", 1, "K", 2, "d", 0x8b, 2, 0, 0, 0, 1, 2, "(", "N", 0x91, 0x96],
  ...[1, 0, 0, 0, 0, 0, 0, 0, 7, "U", 1, "x", "t", "."],
);

const call = (module: string, name: string, ...args: readonly (number | string)[]) =>
  ["c", `${module}\n${name}\n`, ...args, "R"] as const;

/** What Python calls for values of its own. */
const CALLS_PICKLE = bytesOf(
  ...[0x80, 2, "(", ...call("builtins", "set", "]", "K", 1, "a", 0x85)],
  ...call("__builtin__", "frozenset", ")"),
  ...call("_codecs", "encode", ...textPart("\u00ff\0a"), ...textPart("latin1"), 0x86),
  ...call("__builtin__", "bytes", ")"),
  ...call("collections", "OrderedDict", "]", "K", 1, "K", 2, 0x86, "a", 0x85),
  ...["X", 1, 0, 0, 0, "x", "(", "K", 1, "1", "l", "."],
);

/** `readPickle`. */
export async function pickle(): Promise<Subject> {
  const golden = await Deno.readFile(new URL("tiny_flm_no_ema.ckpt", CHECKPOINTS));
  const zip = await ZipFile.open(memorySource(golden, "golden"), CheckpointError);
  return {
    files: {
      "tree.pkl": PICKLE,
      "odd.pkl": ODD_PICKLE,
      "calls.pkl": CALLS_PICKLE,
      "golden.pkl": await zip.read(zip.entries.get("tiny_flm_no_ema/data.pkl")!, 2 ** 20),
    },
    damage: damagedBytes,
    read: (bytes, name) => readPickle(bytes, { name, errorClass: CheckpointError }),
  };
}

const TEXT = new TextEncoder().encode("Text, text, text, text, text, text, text. ".repeat(8));

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Bytes> {
  const all: Bytes[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return concat(all);
}

/** `ZipFile`. */
export async function zip(): Promise<Subject> {
  const packed = { name: "b", bytes: TEXT, kept: await deflated(TEXT), method: 8 };
  return {
    files: {
      "hand.zip": handZip([{ name: "a", bytes: TEXT }, packed]),
      "large.zip": handZip([{ name: "a", bytes: TEXT }, packed], true),
      // With descriptors and filled extra fields.
      "torch.zip": await collect(
        torchBytes("x", [new NewTensor("F32", [2])], () => new Float32Array(2)),
      ),
      "evil.zip": await Deno.readFile(new URL("evil.ckpt", CHECKPOINTS)),
    },
    damage: damagedBytes,
    async read(bytes, name) {
      const source = memorySource(bytes, name, CheckpointError);
      const zip = await ZipFile.open(source, CheckpointError);
      for (const entry of zip.entries.values()) {
        await zip.read(entry, 2 ** 20);
        await zip.dataOffset(entry);
      }
    },
  };
}

/** Opens a file and reads all of its tensors that are not absurdly large. */
async function readTorch(bytes: Bytes, name: string): Promise<void> {
  const source = memorySource(bytes, name, CheckpointError);
  // Both ways of reading storages, at random.
  using file = await TorchFile.open(source, bytes.length % 2 === 0 ? {} : { kept: 0, piece: 10 });
  const seen = new Set<unknown>();
  const left = [file.value];
  while (left.length > 0) {
    const value = left.pop();
    if (seen.has(value)) continue;
    seen.add(value);
    if (!(value instanceof TorchTensor)) left.push(...childrenOf(value));
    else if (value.numElements <= MAX_READ) {
      await file.read(value, value.dtype.startsWith("F") || value.dtype === "BF16" ? "f32" : "i32");
    }
  }
}

/** `TorchFile` with a damaged pickle in a zip file that is whole. */
export async function torchPickle(): Promise<Subject> {
  const packed = { name: "x/data/1", bytes: NUMBERS, kept: await deflated(NUMBERS), method: 8 };
  return {
    files: { "tree.ckpt": PICKLE, "views.ckpt": VIEWS_PICKLE },
    damage: damagedBytes,
    read: (pickle, name) => readTorch(handTorch(pickle, { 0: NUMBERS, 2: ZEROS }, [packed]), name),
  };
}

/** `TorchFile`. */
export async function torch(): Promise<Subject> {
  const packed = { name: "x/data/1", bytes: NUMBERS, kept: await deflated(NUMBERS), method: 8 };
  return {
    files: {
      "hand.ckpt": handTorch(PICKLE, { 0: NUMBERS }, [packed]),
      "own.ckpt": await collect(
        torchBytes("x", { a: new NewTensor("F32", [6]), b: 1 }, () => new Float32Array(6)),
      ),
    },
    refused: {
      "hostile.ckpt": await Deno.readFile(new URL("evil.ckpt", CHECKPOINTS)),
      "script.ckpt": handTorch(PICKLE, {}, [{ name: "x/constants.pkl", bytes: PICKLE }]),
      "big.ckpt": handTorch(PICKLE, {}, [{ name: "x/byteorder", bytes: encoded("big") }]),
      "legacy.ckpt": await Deno.readFile(new URL("legacy.ckpt", CHECKPOINTS)),
    },
    damage: damagedBytes,
    read: readTorch,
  };
}
