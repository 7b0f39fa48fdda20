/**
 * Pickles, zip files and files of torch.save in which anything may be wrong: whatever comes of them,
 * it is a value or an error that says what is wrong.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { memorySource } from "../../lib/io/byte_source.ts";
import { childrenOf } from "../../lib/pickle/nesting.ts";
import { readPickle } from "../../lib/pickle/reader.ts";
import {
  OrderedDict,
  PersistentId,
  PickleGlobal,
  PickleObject,
  Tuple,
} from "../../lib/pickle/values.ts";
import { writePickle } from "../../lib/pickle/writer.ts";
import { concat } from "../../lib/system/concat.ts";
import { TorchFile } from "../../lib/torch/file.ts";
import { TorchTensor } from "../../lib/torch/tensor.ts";
import { NewTensor, torchBytes } from "../../lib/torch/writer.ts";
import { ZipFile } from "../../lib/zip/reader.ts";
import { CHECKPOINTS } from "../testing/golden_checkpoints.ts";
import { mutated } from "../testing/mutations.ts";
import { bytesOf, textPart } from "../testing/pickles.ts";
import { randomIntegers } from "../testing/random_integers.ts";
import { storageId, tensorCall } from "../testing/torch_pickles.ts";
import { deflated, handTorch, handZip } from "../testing/zip.ts";

/** Tensors up to here are read; damaged ones may claim to be larger. */
const MAX_READ = 2 ** 16;

type Bytes = Uint8Array<ArrayBuffer>;

/** Runs what may fail; whether it did not. @throws what is no fault of the file. */
async function succeeds(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}

/** Damages files in turn and tries them; some must still be good, and many must not. */
async function tryDamaged(
  files: readonly Bytes[],
  count: number,
  run: (bytes: Bytes) => unknown,
): Promise<void> {
  const random = randomIntegers(20261126);
  let good = 0;
  for (let i = 0; i < count; i++) {
    const bytes = mutated(files[i % files.length]!, random);
    try {
      if (await succeeds(() => run(bytes))) good++;
    } catch (cause) {
      throw new Error(`Damaged file ${i} brought something else than an error of the file`, {
        cause,
      });
    }
  }
  assertEquals(good > count / 1000 && good < count * 0.9, true, `${good} of ${count} are good`);
}

function read(bytes: Bytes): unknown {
  return readPickle(bytes, { name: "the pickle of x", errorClass: CheckpointError });
}

const NUMBERS = new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer);
const STORAGE = storageId("0", "FloatStorage", 24);
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

/** Instructions that `writePickle` has no use for. */
const ODD_PICKLE = bytesOf(
  ...[0x80, 4, 0x95, 60, 0, 0, 0, 0, 0, 0, 0, "(", 0x8f, 0x94, "(", "K", 1, "K", 2, 0x90],
  ...["C", 2, 0, 255, 0x94, ...textPart("os"), ...textPart("x"), 0x93, 0x94, ")", 0x81, 0x94],
  ...["}", ...textPart("k"), "N", "s", "b", "h", 2, ")", "}", 0x92, "(", "K", 1, "l", 0x86, "2"],
  ...["0", "(", "K", 1, "K", 2, "d", 0x8b, 2, 0, 0, 0, 1, 2, "(", "N", 0x91, 0x96],
  ...[1, 0, 0, 0, 0, 0, 0, 0, 7, "U", 1, "x", "t", "."],
);

async function goldenPickle(name: string): Promise<Bytes> {
  const bytes = await Deno.readFile(new URL(`${name}.ckpt`, CHECKPOINTS));
  const zip = await ZipFile.open(memorySource(bytes, name), CheckpointError);
  return await zip.read(zip.entries.get(`${name}/data.pkl`)!, 2 ** 20);
}

Deno.test("6000 damaged pickles are read or end in an error", async () => {
  read(ODD_PICKLE);
  const golden = await goldenPickle("tiny_flm_no_ema");
  await tryDamaged([PICKLE, ODD_PICKLE, golden], 6000, read);
});

const TEXT = new TextEncoder().encode("Text, text, text, text, text, text, text. ".repeat(8));

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Bytes> {
  const all: Bytes[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return concat(all);
}

Deno.test("3000 damaged zip files are read or end in an error", async () => {
  const packed = { name: "b", bytes: TEXT, kept: await deflated(TEXT), method: 8 };
  const files = [
    handZip([{ name: "a", bytes: TEXT }, packed]),
    await collect(torchBytes("x", [new NewTensor("F32", [2])], () => new Float32Array(2))),
    await Deno.readFile(new URL("evil.ckpt", CHECKPOINTS)),
  ];
  await tryDamaged(files, 3000, async (bytes) => {
    const zip = await ZipFile.open(memorySource(bytes, "x", CheckpointError), CheckpointError);
    for (const entry of zip.entries.values()) {
      await zip.read(entry, 2 ** 20);
      await zip.dataOffset(entry);
    }
  });
});

/** Opens a file and reads all of its tensors that are not absurdly large. */
async function readAll(bytes: Bytes): Promise<void> {
  const source = memorySource(bytes, "x", CheckpointError);
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

Deno.test("2500 files of torch.save with damaged pickles are read or end in an error", async () => {
  const packed = { name: "x/data/1", bytes: NUMBERS, kept: await deflated(NUMBERS), method: 8 };
  await readAll(handTorch(PICKLE, { 0: NUMBERS }, [packed]));
  await tryDamaged(
    [PICKLE],
    2500,
    (pickle) => readAll(handTorch(pickle, { 0: NUMBERS }, [packed])),
  );
});

Deno.test("2500 damaged files of torch.save are read or end in an error", async () => {
  const packed = { name: "x/data/1", bytes: NUMBERS, kept: await deflated(NUMBERS), method: 8 };
  const written = await collect(
    torchBytes("x", { a: new NewTensor("F32", [6]), b: 1 }, () => new Float32Array(6)),
  );
  const files = [
    handTorch(PICKLE, { 0: NUMBERS }, [packed]),
    written,
    await Deno.readFile(new URL("legacy.ckpt", CHECKPOINTS)),
  ];
  await tryDamaged(files, 2500, readAll);
});
