/**
 * The documents in Parquet files.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { TextPiece } from "../../lib/data/corpus.ts";
import { openParquet } from "../../lib/data/parquet_documents.ts";
import { DataError } from "../../lib/errors.ts";
import { type ByteSource, memorySource } from "../../lib/io/byte_source.ts";

const TEXTS = Array.from({ length: 1003 }, (_, i) => `Text ${i}: ${"é🙂 word ".repeat(i % 17)}`);

interface WriteOptions {
  codec?: "SNAPPY" | "UNCOMPRESSED";
  pageSize?: number;
  rowGroupSize?: number;
}

function written(columnData: ColumnSource[], options: WriteOptions = {}): ByteSource {
  const { rowGroupSize = 100, ...rest } = options;
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize, ...rest }));
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

for (const codec of ["SNAPPY", "UNCOMPRESSED"] as const) {
  Deno.test(`openParquet() reads every row, from any row on (${codec})`, async () => {
    const ids: ColumnSource = { name: "id", data: TEXTS.map((_, i) => i), type: "INT32" };
    const source = written([ids, textColumn(TEXTS)], { codec, pageSize: 1500 });
    const opened = await openParquet(source, "text");
    assertEquals(opened.documents, TEXTS.length);
    for (const skip of [0, 1, 99, 100, 101, 777, 1002, 1003, 2000]) {
      assertEquals(await textsOf(opened.pieces(skip)), TEXTS.slice(skip), `skip ${skip}`);
    }
  });
}

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
  const opened = await openParquet(counted, "text");
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
  const opened = await openParquet({
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
  const opened = await openParquet({
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
  const opened = await openParquet(written([textColumn(texts)], { rowGroupSize: 8 }), "text");
  const pieces = await Array.fromAsync(opened.pieces(11));
  assertEquals(pieces.slice(0, 3), [
    { text: "11", endOfDocument: true },
    {
      text: "",
      endOfDocument: true,
      fault: `Row 12 of x.parquet has no text: "text" is null.`,
    },
    { text: "13", endOfDocument: true },
  ]);
  assertEquals(opened.documents, 20);
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
  const opened = await openParquet(memorySource(damaged, "z.parquet"), "text");
  await assertRejects(
    () => textsOf(opened.pieces(0)),
    DataError,
    "Cannot read the rows 0 to 100 of z.parquet",
  );
});
