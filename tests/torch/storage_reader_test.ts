import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { type ByteSource, memorySource } from "../../lib/io/byte_source.ts";
import { writePickle } from "../../lib/pickle/writer.ts";
import { TorchFile } from "../../lib/torch/file.ts";
import type { StorageSizes } from "../../lib/torch/storage_reader.ts";
import type { TorchTensor } from "../../lib/torch/tensor.ts";
import { CHECKPOINTS, openGolden, weightsOf } from "../testing/golden_checkpoints.ts";
import { storageId, tensorCall } from "../testing/torch_pickles.ts";
import { deflated, handTorch } from "../testing/zip.ts";

/** Sizes at which no storage is kept whole, and comparison takes many pieces. */
const NOTHING_KEPT: StorageSizes = { kept: 0, piece: 48 };

const COUNT = 60;
const VALUES = Float32Array.from({ length: COUNT }, (_, i) => i);
const BYTES = new Uint8Array(VALUES.buffer);
const FLAT = storageId("0", "FloatStorage", COUNT);
/** All of a storage, its first half, its second half, and every second element. */
const PICKLE = writePickle([
  tensorCall(FLAT, 0, [6, 10], [10, 1]),
  tensorCall(FLAT, 0, [30], [1]),
  tensorCall(FLAT, 30, [3, 10], [10, 1]),
  tensorCall(FLAT, 1, [29], [2]),
]);

/** A source that counts the bytes that are read. */
function countingSource(bytes: Uint8Array): ByteSource & { count: number } {
  const source = memorySource(bytes, "x.pt", CheckpointError);
  return {
    ...source,
    count: 0,
    read(offset, target) {
      this.count += target.length;
      return source.read(offset, target);
    },
  };
}

async function open(source: ByteSource, sizes?: StorageSizes) {
  const file = await TorchFile.open(source, sizes);
  const [all, first, second, odd] = file.value as TorchTensor[];
  return { file, all: all!, first: first!, second: second!, odd: odd! };
}

/** A file one of whose numbers is another than when it was written. */
function damaged(): Uint8Array<ArrayBuffer> {
  const file = handTorch(PICKLE, { 0: BYTES });
  // The last number of the storage; nothing before is like it.
  const at = file.findIndex((_, i) => BYTES.slice(-4).every((byte, k) => file[i + k] === byte));
  file[at] = 1;
  return file;
}

Deno.test("storages of any size are read alike", async () => {
  using whole = await openGolden("tiny_flm_views");
  const bytes = await Deno.readFile(new URL("tiny_flm_views.ckpt", CHECKPOINTS));
  using pieces = await TorchFile.open(memorySource(bytes, "x.ckpt"), NOTHING_KEPT);
  const weights = weightsOf(pieces);
  for (const [name, tensor] of weightsOf(whole)) {
    assertEquals(await pieces.read(weights.get(name)!), await whole.read(tensor), name);
  }
});

Deno.test("views of one storage are read from it, whatever its size", async () => {
  for (const sizes of [{}, NOTHING_KEPT]) {
    const { file, all, first, second, odd } = await open(
      countingSource(handTorch(PICKLE, { 0: BYTES })),
      sizes,
    );
    assertEquals(await file.read(second), VALUES.slice(30));
    assertEquals(await file.read(odd), VALUES.filter((_, i) => i % 2 === 1 && i < 58));
    assertEquals(await file.readRange(odd, 3, 2), new Float32Array([7, 9]));
    assertEquals(await file.read(first), VALUES.slice(0, 30));
    assertEquals(await file.read(all), VALUES);
    assertEquals(await file.readRange(all, 50, 10), VALUES.slice(50));
  }
});

Deno.test("a large storage is read once by who reads it from front to back", async () => {
  const source = countingSource(handTorch(PICKLE, { 0: BYTES }));
  const { file, all } = await open(source, NOTHING_KEPT);
  source.count = 0;
  for (let start = 0; start < COUNT; start += 7) {
    await file.readRange(all, start, Math.min(7, COUNT - start));
  }
  // More is its header, with what comes behind it.
  const most = BYTES.length + 300;
  assertEquals(source.count <= most, true, `${source.count}`);
});

Deno.test("a large storage is compared once, however many views of it are read", async () => {
  const source = countingSource(handTorch(PICKLE, { 0: BYTES }));
  const { file, first, second, odd } = await open(source, NOTHING_KEPT);
  source.count = 0;
  for (let i = 0; i < 3; i++) {
    for (const tensor of [first, second]) await file.read(tensor);
  }
  for (let i = 0; i < 9; i++) await file.readRange(odd, i, 1);
  const most = BYTES.length * (1 + 3 + 1) + 300;
  assertEquals(source.count <= most, true, `${source.count}`);
});

Deno.test("small storages are read once for views one after the other", async () => {
  const source = countingSource(handTorch(PICKLE, { 0: BYTES }));
  const { file, first, second, odd } = await open(source);
  source.count = 0;
  for (const tensor of [first, second, odd, first]) await file.read(tensor);
  assertEquals(source.count <= BYTES.length + 300, true, `${source.count}`);
});

Deno.test("who reads a tensor of a damaged storage learns of it", async () => {
  const message = 'Cannot read x.pt: its entry "x/data/0" is damaged: its CRC-32 is ';
  const fails = (read: () => Promise<unknown>) => assertRejects(read, CheckpointError, message);
  for (const sizes of [{}, NOTHING_KEPT]) {
    // None of these elements is the damaged one.
    for (const name of ["first", "second", "odd"] as const) {
      const opened = await open(countingSource(damaged()), sizes);
      await fails(() => opened.file.readRange(opened[name], 0, 5));
      await fails(() => opened.file.readRange(opened[name], 0, 5));
      await fails(() => opened.file.read(opened.all));
    }
    const { file, all } = await open(countingSource(damaged()), sizes);
    await fails(() => file.read(all));
    await fails(() => file.readRange(all, 0, 1));
  }
  const { file, all } = await open(countingSource(damaged()), NOTHING_KEPT);
  assertEquals(await file.readRange(all, 0, 30), VALUES.slice(0, 30));
  // What was left out is compared, too.
  await fails(() => file.readRange(all, 40, 5));
});

Deno.test("reads that overlap in time are each right", async () => {
  const source = memorySource(handTorch(PICKLE, { 0: BYTES }), "x.pt");
  const slow: ByteSource = {
    ...source,
    // Later reads end first.
    async read(offset, target) {
      for (let i = 0; i < 400 - offset; i += 40) await Promise.resolve();
      await source.read(offset, target);
    },
  };
  for (const sizes of [{}, NOTHING_KEPT]) {
    const { file, all, second, odd } = await open(slow, sizes);
    const starts = [0, 10, 20, 30, 40, 50];
    const found = await Promise.all([
      ...starts.map((start) => file.readRange(all, start, 10)),
      file.read(second),
      file.read(odd),
    ]);
    starts.forEach((start, i) => assertEquals(found[i], VALUES.slice(start, start + 10)));
    assertEquals(found[6], VALUES.slice(30));
    assertEquals(found[7]!.length, 29);
  }
});

Deno.test("compressed storages are read, up to a bound", async () => {
  const kept = await deflated(BYTES);
  const bytes = handTorch(PICKLE, {}, [{ name: "x/data/0", bytes: BYTES, kept, method: 8 }]);
  const { file, all, odd } = await open(countingSource(bytes), NOTHING_KEPT);
  assertEquals(await file.read(all), VALUES);
  assertEquals(await file.readRange(odd, 3, 2), new Float32Array([7, 9]));
  const bounded = await open(countingSource(bytes), { held: 100 });
  const message = 'its entry "x/data/0" has 240 bytes, expected 100 at most';
  await assertRejects(() => bounded.file.read(bounded.all), CheckpointError, message);
});

Deno.test("a view that spreads over too many bytes is an error that says how to mend it", async () => {
  const source = countingSource(handTorch(PICKLE, { 0: BYTES }));
  const { file, odd } = await open(source, { ...NOTHING_KEPT, held: 100 });
  await assertRejects(() => file.read(odd), CheckpointError, "Save it as tensor.contiguous()");
});
