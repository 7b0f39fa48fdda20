/**
 * The documents in Parquet files.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { parquetMetadata } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { parquetHeader } from "hyparquet/src/column.js";
import { brotliCompressSync, constants, crc32, gzipSync, zstdCompressSync } from "node:zlib";
import type { TextPiece } from "../../../../lib/data/corpus.ts";
import { openParquet } from "../../../../lib/data/corpora/parquet/documents.ts";
import { DataError } from "../../../../lib/errors.ts";
import { type ByteSource, memorySource } from "../../../../lib/io/byte_source.ts";
import { FIRST_VERSION, FIRST_VERSION_TEXTS } from "./first_version.ts";

const TEXTS = Array.from({ length: 1003 }, (_, i) => `Text ${i}: ${"é🙂 word ".repeat(i % 17)}`);

/** What node:zlib can write. */
const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => gzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => brotliCompressSync(bytes),
  ZSTD: (bytes: Uint8Array) =>
    zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
};

interface WriteOptions {
  codec?: "SNAPPY" | "UNCOMPRESSED" | keyof typeof COMPRESSORS;
  pageSize?: number;
  rowGroupSize?: number;
}

function written(columnData: ColumnSource[], options: WriteOptions = {}): ByteSource {
  const { rowGroupSize = 100, ...rest } = options;
  const bytes = new Uint8Array(
    parquetWriteBuffer({ columnData, rowGroupSize, compressors: COMPRESSORS, ...rest }),
  );
  return memorySource(bytes, "x.parquet");
}

function textColumn(data: unknown[], name = "text"): ColumnSource {
  return { name, data, type: "STRING", nullable: true };
}

async function textsOf(pieces: AsyncIterable<TextPiece>): Promise<string[]> {
  const texts = [];
  for await (const { text, endOfDocument } of pieces) {
    assert(endOfDocument);
    texts.push(text);
  }
  return texts;
}

for (const codec of ["SNAPPY", "UNCOMPRESSED", "GZIP", "BROTLI", "ZSTD"] as const) {
  Deno.test(`openParquet() reads every row, from any row on (${codec})`, async () => {
    const ids: ColumnSource = { name: "id", data: TEXTS.map((_, i) => i), type: "INT32" };
    const source = written([ids, textColumn(TEXTS)], { codec, pageSize: 1500 });
    using opened = await openParquet(source, "text");
    assertEquals(opened.documents, TEXTS.length);
    for (const skip of [0, 1, 99, 100, 101, 777, 1002, 1003, 2000]) {
      assertEquals(await textsOf(opened.pieces(skip)), TEXTS.slice(skip), `skip ${skip}`);
    }
  });
}

for (const encoding of ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"] as const) {
  Deno.test(`openParquet() reads texts that are ${encoding}, null or not`, async () => {
    const texts = TEXTS.map((text, i) => i % 5 === 3 ? null : text);
    const source = written([{ ...textColumn(texts), encoding }], { pageSize: 1500 });
    using opened = await openParquet(source, "text");
    const found = await Array.fromAsync(opened.pieces(0));
    assertEquals(found.map(({ text, fault }) => fault === undefined ? text : null), texts);
  });
}

Deno.test("openParquet() reads texts of which all are equal", async () => {
  const texts = Array.from({ length: 300 }, () => "same");
  using opened = await openParquet(written([textColumn(texts)]), "text");
  assertEquals(await textsOf(opened.pieces(0)), texts);
});

/** A block of LZ4 without any repetition. */
function lz4(bytes: Uint8Array): Uint8Array {
  assert(bytes.length < 15);
  return Uint8Array.of(bytes.length << 4, ...bytes);
}

Deno.test("openParquet() reads LZ4, of pages without a text too", async () => {
  const texts = ["a", null, "bc", null, null, null];
  const bytes = new Uint8Array(parquetWriteBuffer({
    columnData: [{ ...textColumn(texts), encoding: "PLAIN" }],
    codec: "LZ4_RAW",
    compressors: { LZ4_RAW: lz4 },
    rowGroupSize: 3,
  }));
  using opened = await openParquet(memorySource(bytes, "x.parquet"), "text");
  const found = await Array.fromAsync(opened.pieces(0));
  assertEquals(found.map(({ text, fault }) => fault === undefined ? text : null), texts);
});

Deno.test("openParquet() reads pages of the first version", async () => {
  using opened = await openParquet(memorySource(FIRST_VERSION, "x.parquet"), "text");
  for (const skip of [0, 1, 59]) {
    const found = await Array.fromAsync(opened.pieces(skip));
    const texts = found.map(({ text, fault }) => fault === undefined ? text : null);
    assertEquals(texts, FIRST_VERSION_TEXTS.slice(skip));
  }
});

Deno.test("openParquet() reads a large row group in slices, and its bytes once", async () => {
  const texts = Array.from({ length: 60 }, (_, i) => `${i} `.repeat(200_000));
  const source = written([textColumn(texts)], { rowGroupSize: 60, pageSize: 1 << 20 });
  let bytesRead = 0;
  const counted: ByteSource = {
    ...source,
    read(offset, target) {
      bytesRead += target.length;
      return source.read(offset, target);
    },
  };
  using opened = await openParquet(counted, "text");
  assertEquals(await textsOf(opened.pieces(0)), texts);
  assert(bytesRead < source.size + (1 << 18), `${bytesRead} of ${source.size}`);
  assertEquals(await textsOf(opened.pieces(41)), texts.slice(41));
});

Deno.test("openParquet() reads neither other columns nor skipped row groups", async () => {
  const noise = TEXTS.map((_, i) => `${i}`.repeat(500));
  const source = written([textColumn(TEXTS), textColumn(noise, "noise")], {
    codec: "UNCOMPRESSED",
  });
  let bytesRead = 0;
  using opened = await openParquet({
    ...source,
    read(offset, target) {
      bytesRead += target.length;
      return source.read(offset, target);
    },
  }, "text");
  bytesRead = 0;
  const all = await textsOf(opened.pieces(0));
  const bytesOfAll = bytesRead;
  assert(bytesOfAll < source.size / 3, `${bytesOfAll} of ${source.size}`);
  bytesRead = 0;
  assertEquals(await textsOf(opened.pieces(900)), all.slice(900));
  assert(bytesRead < bytesOfAll / 5, `${bytesRead} of ${bytesOfAll}`);
});

Deno.test("openParquet() reads small row groups that lie together at once", async () => {
  const source = written([textColumn(TEXTS)], { rowGroupSize: 10 });
  let reads = 0;
  using opened = await openParquet({
    ...source,
    read(offset, target) {
      reads++;
      return source.read(offset, target);
    },
  }, "text");
  reads = 0;
  assertEquals(await textsOf(opened.pieces(15)), TEXTS.slice(15));
  assertEquals(reads, 1);
});

Deno.test("openParquet() counts rows without text as faulty documents", async () => {
  const texts = Array.from({ length: 20 }, (_, i) => i === 12 ? null : `${i}`);
  using opened = await openParquet(written([textColumn(texts)], { rowGroupSize: 8 }), "text");
  const pieces = await Array.fromAsync(opened.pieces(11));
  assertEquals(pieces.slice(0, 3), [
    { text: "11", endOfDocument: true },
    {
      text: "",
      endOfDocument: true,
      fault: `Row 12 of x.parquet has no text: "text" is null`,
    },
    { text: "13", endOfDocument: true },
  ]);
  assertEquals(opened.documents, 20);
});

Deno.test("openParquet() calls values faulty that are no text", async () => {
  const values = [
    "é",
    new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
    null,
    "\ufeffend",
    "\0w\0i\0d\0e",
    "\0",
  ];
  const data = values.map((value) =>
    typeof value === "string" ? new TextEncoder().encode(value) : value
  );
  for (const repeats of [1, 100]) {
    // Many equal values are written as a dictionary.
    const column: ColumnSource = {
      name: "text",
      data: Array.from({ length: repeats }, () => data).flat(),
      type: "BYTE_ARRAY",
      nullable: true,
    };
    using opened = await openParquet(written([column], { rowGroupSize: 1000 }), "text");
    const pieces = await Array.fromAsync(opened.pieces(0));
    assertEquals(pieces.length, data.length * repeats);
    const first = pieces.slice(0, data.length);
    assertEquals(first.map(({ text }) => text), ["é", "", "", "\ufeffend", "", "\0"]);
    assertEquals(first.flatMap(({ fault }) => fault ?? []), [
      `Row 1 of x.parquet has no text: "text" is not UTF-8`,
      `Row 2 of x.parquet has no text: "text" is null`,
      `Row 4 of x.parquet has no text: "text" is UTF-16, not UTF-8`,
    ]);
  }
});

Deno.test("openParquet() names the columns when the one asked for is not there", async () => {
  const ids: ColumnSource = { name: "id", data: [1, 2], type: "INT32" };
  const source = written([ids, textColumn(["a", "b"])]);
  await assertRejects(
    () => openParquet(source, "content"),
    DataError,
    'x.parquet has no column "content": it has id, text. Set data.source.field',
  );
  await assertRejects(() => openParquet(source, "id"), DataError, "holds no text but INT32");
});

Deno.test("openParquet() names the file when it is not Parquet or damaged", async () => {
  for (
    const bytes of [new Uint8Array(3), new TextEncoder().encode("no parquet at all ".repeat(9))]
  ) {
    await assertRejects(
      () => openParquet(memorySource(bytes, "y.parquet"), "text"),
      DataError,
      "y.parquet is not a Parquet file",
    );
  }
  const source = written([textColumn(TEXTS)]);
  const damaged = new Uint8Array(source.size);
  await source.read(0, damaged);
  damaged.fill(255, 4, 2000);
  using opened = await openParquet(memorySource(damaged, "z.parquet"), "text");
  await assertRejects(
    () => textsOf(opened.pieces(0)),
    DataError,
    "Cannot read the rows 0 to 100 of z.parquet",
  );
});

function bytesOf(source: ByteSource): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(source.size);
  source.read(0, bytes);
  return bytes;
}

/** A number as Thrift's compact protocol has it. */
function zigzag(number: number): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(32, BigInt(number << 1 ^ number >> 31));; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    if (rest <= 127n) return bytes;
  }
}

function indexOf(bytes: Uint8Array, pattern: readonly number[], from: number): number {
  for (let i = from; i < bytes.length; i++) {
    if (pattern.every((byte, j) => bytes[i + j] === byte)) return i;
  }
  return -1;
}

/** A file of one page, with the page's checksum. */
function withChecksum(file: Uint8Array<ArrayBuffer>, checksum: (page: Uint8Array) => number) {
  const { meta_data } = parquetMetadata(file).row_groups[0]!.columns[0]!;
  const reader = { view: new DataView(file.buffer), offset: 4 };
  const { compressed_page_size } = parquetHeader(reader);
  const page = file.subarray(reader.offset, reader.offset + compressed_page_size);
  // Field 4 comes before field 8, which says how far it is from the one before.
  const next = indexOf(file, [0x5c], 4);
  const field = [0x15, ...zigzag(checksum(page) | 0)];
  const whole = new Uint8Array([
    ...file.subarray(0, next),
    ...field,
    0x4c,
    ...file.subarray(next + 1),
  ]);
  const size = Number(meta_data!.total_compressed_size);
  const [before, after] = [zigzag(size), zigzag(size + field.length)];
  assertEquals(before.length, after.length);
  const footer = reader.offset + field.length + compressed_page_size;
  for (let at = footer; (at = indexOf(whole, before, at)) !== -1;) whole.set(after, at);
  return whole;
}

Deno.test("openParquet() compares the checksums of pages, where there are any", async () => {
  const file = bytesOf(written([textColumn(TEXTS.slice(0, 90))], { codec: "UNCOMPRESSED" }));
  const good = memorySource(withChecksum(file, crc32), "x.parquet");
  using opened = await openParquet(good, "text");
  assertEquals(await textsOf(opened.pieces(0)), TEXTS.slice(0, 90));
  using other = await openParquet(
    memorySource(withChecksum(file, (page) => crc32(page) ^ 1), "x.parquet"),
    "text",
  );
  await assertRejects(
    () => textsOf(other.pieces(0)),
    DataError,
    "Cannot read the rows 0 to 90 of x.parquet: the checksum of a page is wrong",
  );
});

Deno.test("openParquet() notices flipped bits where pages are compressed with a check", async () => {
  const texts = Array.from({ length: 90 }, (_, i) => `${i * i * 7919} ${i * 104_729 % 1_299_709}`);
  for (const codec of ["GZIP", "ZSTD"] as const) {
    const source = written([textColumn(texts)], { codec });
    const { meta_data } = parquetMetadata(bytesOf(source)).row_groups[0]!.columns[0]!;
    const end = 4 + Number(meta_data!.total_compressed_size);
    assert(end > 500);
    for (let bit = 8 * (end - 250); bit < 8 * end; bit += 333) {
      const bytes = bytesOf(source);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      using opened = await openParquet(memorySource(bytes, "x.parquet"), "text");
      await assertRejects(
        () => textsOf(opened.pieces(0)),
        DataError,
        "x.parquet",
        `${codec} ${bit}`,
      );
    }
  }
});

/** A file in which some bytes are others. */
function withPattern(file: Uint8Array<ArrayBuffer>, found: number[], wrong: number[]): ByteSource {
  const at = indexOf(file, found, 4);
  assert(at > 0);
  file.set(wrong, at);
  return memorySource(file, "x.parquet");
}

async function assertRefused(source: ByteSource, reason: string): Promise<void> {
  using opened = await openParquet(source, "text");
  await assertRejects(
    () => textsOf(opened.pieces(0)),
    DataError,
    `Cannot read the rows 0 to ${opened.documents} of x.parquet: ${reason}`,
  );
}

/** A run of 2³¹ − 1 numbers, as its length is written. */
const LONG_RUN = [0xfe, 0xff, 0xff, 0xff, 0x0f];

// The decoder would be busy with each of them for a long time, or for ever.
Deno.test("openParquet() refuses pages that claim more than they hold", async () => {
  const texts = Array.from({ length: 800 }, (_, i) => i % 2 === 0 ? null : `${i}`);
  const file = () =>
    bytesOf(written([textColumn(texts)], { codec: "UNCOMPRESSED", rowGroupSize: 800 }));
  // Bits for 100 times 8 rows that are null or not.
  const bits = [0xc9, 0x01, 0xaa];
  await assertRefused(
    withPattern(file(), bits, LONG_RUN),
    "a page has a run of 2147483647 numbers, where 800 are missing",
  );
  await assertRefused(
    withPattern(file(), bits, [0x01, 0xc9, 0x01]),
    "a page has a run of 0 numbers, where 800 are missing",
  );
  // The length of these bits in the header, and that of the repetitions, which there are none of.
  await assertRefused(
    withPattern(file(), [0x15, 0xcc, 0x01, 0x15, 0x00], [0x15, 0xcc, 0x01, 0x25, 0x00]),
    "a page claims undefined and 102 bytes of levels",
  );
});

Deno.test("openParquet() refuses compressed pages that claim more than they hold", async () => {
  const texts = Array.from({ length: 100 }, (_, i) => `Text ${i}`);
  const few = textColumn(texts.map((_, i) => `${i % 3}`));
  // What the data of a page begin with, and what is there instead.
  const cases = [
    [few, [2], [2, ...LONG_RUN], "a run of 2147483647 numbers"],
    [{ ...textColumn(texts), encoding: "DELTA_LENGTH_BYTE_ARRAY" }, [128], [0, 0], "blocks of 0"],
    [{ ...textColumn(texts), encoding: "DELTA_BYTE_ARRAY" }, [128], [0, 0], "blocks of 0 numbers"],
  ] as const;
  for (const [column, [first], wrong, reason] of cases) {
    const GZIP = (page: Uint8Array) => {
      const data = page.slice();
      if (data[0] === first) data.set(wrong);
      return gzipSync(data);
    };
    const bytes = new Uint8Array(
      parquetWriteBuffer({ columnData: [column], codec: "GZIP", compressors: { GZIP } }),
    );
    await assertRefused(memorySource(bytes, "x.parquet"), `a page has ${reason}`);
  }
});

/** A file that is right and keeps a reader busy: a page of a million texts. */
function heavy(): ByteSource {
  const data = Array<string>(1 << 20).fill("");
  const column: ColumnSource = { ...textColumn(data), encoding: "PLAIN", statistics: false };
  const bytes = new Uint8Array(
    parquetWriteBuffer({ columnData: [column], rowGroupSize: data.length, pageSize: 1 << 29 }),
  );
  return memorySource(bytes, "heavy.parquet");
}

Deno.test("openParquet() ends a file that takes too much time or memory", async () => {
  const source = heavy();
  const cases = [
    [{ stallMs: 100, growthBytes: Infinity }, "takes more than 0.1 seconds"],
    [{ stallMs: Infinity, growthBytes: 1 << 26 }, "takes more than 64 MiB of memory"],
  ] as const;
  for (const [limits, message] of cases) {
    const read = async () => {
      using opened = await openParquet(source, "text", { limits });
      await textsOf(opened.pieces(0));
    };
    await assertRejects(
      read,
      DataError,
      `Cannot read heavy.parquet: decoding a part of it ${message}`,
    );
  }
});

Deno.test("openParquet() ends at once when it is told to", async () => {
  const source = heavy();
  const controller = new AbortController();
  const { signal } = controller;
  using opened = await openParquet(source, "text", { signal });
  const reading = textsOf(opened.pieces(0));
  controller.abort(new Error("stopped"));
  await assertRejects(() => reading, Error, "stopped");
  await assertRejects(() => openParquet(source, "text", { signal }), Error, "stopped");
});

Deno.test("openParquet() says what a file is that is not Parquet", async () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const cases: [Uint8Array, string][] = [
    [encode("PAR1 something PARE"), "x.parquet is an encrypted Parquet file"],
    [encode("version https://git-lfs.github.com/spec/v1\n"), "it is a Git LFS pointer"],
    [encode("<!doctype html><title>404</title>"), "it is a page of HTML"],
    [encode("PAR1 something, but cut"), "its end is not that of one, PAR1"],
    [encode("PAR1 something \xff\xff\xffPAR1"), "bytes of metadata"],
    [encode("PAR1aaaaaaaa\x04\0\0\0PAR1"), "x.parquet is not a Parquet file that can be read"],
  ];
  for (const [bytes, message] of cases) {
    await assertRejects(
      () => openParquet(memorySource(bytes, "x.parquet"), "text"),
      DataError,
      message,
    );
  }
});
