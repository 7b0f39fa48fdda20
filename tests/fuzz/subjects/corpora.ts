/**
 * Corpora: text, JSON, compressed files, archives and Parquet.
 *
 * @module
 */

import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { brotliCompressSync, constants, crc32, gzipSync, zstdCompressSync } from "node:zlib";
import { openFileCorpus } from "../../../lib/data/corpora/file.ts";
import { openLm1bArchive } from "../../../lib/data/corpora/lm1b_archive.ts";
import { decompress } from "../../../lib/data/corpora/bytes/decompress.ts";
import { readTar } from "../../../lib/data/corpora/bytes/tar.ts";
import { ParquetDecoder } from "../../../lib/data/corpora/parquet/decoder.ts";
import { decodeParquet, openParquet } from "../../../lib/data/corpora/parquet/documents.ts";
import type { RowDecoder } from "../../../lib/data/corpora/parquet/messages.ts";
import type { Corpus } from "../../../lib/data/corpus.ts";
import { memorySource } from "../../../lib/io/byte_source.ts";
import { concat } from "../../../lib/system/concat.ts";
import { FIRST_VERSION } from "../../data/corpora/parquet/first_version.ts";
import { tar } from "../../data/tar.ts";
import { damagedBytes } from "../damage/bytes.ts";
import { damagedJson } from "../damage/json.ts";
import { damagedText, encoded } from "../damage/text.ts";
import type { Bytes, Damage, Random, Subject } from "../subject.ts";

const TEXT =
  "One day, “two” cats.\n\nAnd a dog.\r\nThree \u{1f600} birds\n\n\n and more of them.\n";

/** Reads all documents of a corpus; whether none of them is a fault. */
async function readCorpus(corpus: Corpus): Promise<boolean> {
  let isRight = true;
  const { train, validation } = await corpus.parts();
  for (const part of [...train, ...validation ?? []]) {
    for await (const { fault } of part.pieces(0)) isRight &&= fault === undefined;
  }
  return isRight;
}

/** Bytes in chunks of lengths that are not those of any format. */
async function* chunksOf(bytes: Bytes): AsyncGenerator<Bytes> {
  for (let at = 0; at < bytes.length; at += 301) yield bytes.slice(at, at + 301);
}

async function drain(chunks: AsyncIterable<Bytes>): Promise<void> {
  for await (const _ of chunks);
}

/** `openFileCorpus`, of texts with blank lines and of a document a line. */
export function text(folder: string): Subject {
  return {
    files: {
      "blank.txt": encoded(TEXT),
      "lines.txt": encoded(`\ufeff${TEXT.repeat(2)}`),
    },
    damage: damagedText(["\n\n", "\u0085", "\f", "\v", "<!doctype html>", "PAR1", "\x1f\x8b"]),
    async read(file, name) {
      const path = `${folder}/${name}`;
      await Deno.writeFile(path, file);
      const documents = name === "blank.txt" ? "blank-lines" : "lines";
      return await readCorpus(openFileCorpus({ kind: "file", path, documents }));
    },
  };
}

/** `openFileCorpus`, of lists and lines of JSON. */
export function json(folder: string): Subject {
  const objects = [{ text: TEXT, n: 1.5 }, { text: "", more: { a: [null] } }, {
    text: "\u{1f600}",
  }];
  return {
    files: {
      "list.json": encoded(JSON.stringify(objects)),
      "indented.json": encoded(JSON.stringify(objects, null, 2)),
      "lines.json": encoded(objects.map((each) => JSON.stringify(each)).join("\n")),
      "lines.jsonl": encoded(objects.map((each) => `${JSON.stringify(each)}\r\n`).join("\n")),
    },
    damage: damagedJson,
    async read(file, name) {
      const path = `${folder}/${name}`;
      await Deno.writeFile(path, file);
      return await readCorpus(openFileCorpus({ kind: "file", path, field: "text" }));
    },
  };
}

const WORDS = encoded(Array.from({ length: 300 }, (_, i) => `${i * i} word ${i % 7}`).join(" "));

/** A member of gzip with all that a header may have. */
function richMember(bytes: Bytes): Bytes {
  const [plain, zero] = [new Uint8Array(gzipSync(bytes)), new Uint8Array(1)];
  const header = concat([
    ...[Uint8Array.of(0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 3), Uint8Array.of(4, 0, 65, 66, 0, 0)],
    ...[encoded("name"), zero, encoded("comment"), zero],
  ]);
  const sum = crc32(header) & 0xffff;
  return concat([header, Uint8Array.of(sum & 255, sum >> 8), plain.slice(10)]);
}

/** `decompress`, of gzip. */
export function gzip(): Subject {
  const member = new Uint8Array(gzipSync(WORDS));
  return {
    files: {
      "one.gz": member,
      "stored.gz": new Uint8Array(gzipSync(WORDS, { level: 0 })),
      "fixed.gz": new Uint8Array(gzipSync(WORDS, { strategy: constants.Z_FIXED })),
      "rich.gz": concat([richMember(encoded("a")), new Uint8Array(512), richMember(encoded(""))]),
      "zeros.gz": new Uint8Array(gzipSync(new Uint8Array(1 << 20))),
    },
    damage: damagedBytes,
    read: (file, name) => drain(decompress(chunksOf(file), "gz", name)),
  };
}

function zstd(bytes: Bytes, checksum: boolean, level = 3): Bytes {
  const params = {
    [constants.ZSTD_c_checksumFlag]: Number(checksum),
    [constants.ZSTD_c_compressionLevel]: level,
  };
  return new Uint8Array(zstdCompressSync(bytes, { params }));
}

/** `decompress`, of Zstandard: without checksums damage gets further. */
export function zst(): Subject {
  const skipped = concat([Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0), encoded("other")]);
  return {
    files: {
      "sum.zst": zstd(WORDS, true),
      "plain.zst": zstd(WORDS, false, 19),
      "frames.zst": concat([zstd(encoded("a"), false), skipped, zstd(encoded(""), true)]),
      "zeros.zst": zstd(new Uint8Array(1 << 20), false),
    },
    damage: damagedBytes,
    read: (file, name) => drain(decompress(chunksOf(file), "zst", name)),
  };
}

const SENTENCES = "A sentence .\nAnother one .\n";
const LM1B = "1-billion-word/training-monolingual.tokenized.shuffled/news.en-00001-of-00100";
const HELDOUT =
  "1-billion-word/heldout-monolingual.tokenized.shuffled/news.en.heldout-00000-of-00050";

/** Archives with names of every kind, in which the benchmark's files are. */
const ARCHIVES: Readonly<Record<string, Bytes>> = {
  "plain.tar": tar([
    { path: LM1B, content: SENTENCES },
    { path: HELDOUT, content: SENTENCES, binarySize: true },
    { path: "folder", type: "5" },
  ]),
  "long.tar": tar([
    { path: "pax", type: "x", content: `${LM1B.length + 10} path=${LM1B}\n` },
    { path: "short", content: SENTENCES },
    { path: "././@LongLink", type: "L", content: `${HELDOUT}\0` },
    { path: "short", content: SENTENCES },
    { path: LM1B.replace("1-billion-word/", ""), prefix: "1-billion-word", content: "a\n" },
  ]),
};

/** Headers have the checksum that belongs to them, mostly. */
function damagedTar(file: Bytes, random: Random, other: Bytes): Bytes {
  const damaged = damagedBytes(file, random, other);
  if (random(4) === 0) return damaged;
  for (let at = 0; at + 512 <= damaged.length; at += 512) {
    const header = damaged.subarray(at, at + 512);
    if (new TextDecoder().decode(header.subarray(257, 262)) !== "ustar") continue;
    header.fill(0x20, 148, 156);
    const sum = header.reduce((sum, byte) => sum + byte, 0);
    header.set(encoded(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
  return damaged;
}

/** `readTar`. */
export function archive(): Subject {
  return {
    files: ARCHIVES,
    damage: damagedTar,
    async read(file, name) {
      for await (const { bytes } of readTar(chunksOf(file), name)) await drain(bytes);
    },
  };
}

/** `openLm1bArchive`, of archives that are damaged before they are compressed. */
export function lm1b(folder: string): Subject {
  const damage: Damage = (file, random, other) => {
    const packed = new Uint8Array(gzipSync(damagedTar(file, random, other), { level: 1 }));
    return random(8) === 0 ? damagedBytes(packed, random, packed) : packed;
  };
  const pack = (file: Bytes) => new Uint8Array(gzipSync(file, { level: 1 }));
  return {
    files: ARCHIVES,
    damage,
    async read(file, name) {
      const path = `${folder}/${name}.gz`;
      await Deno.writeFile(path, file[0] === 0x1f ? file : pack(file));
      return await readCorpus(openLm1bArchive(path));
    },
  };
}

/** Files of texts in Parquet, compressed in every way that is known. */
function parquetFiles(): Record<string, Bytes> {
  const texts = Array.from({ length: 40 }, (_, i) => i % 9 === 5 ? null : `Text ${i}: ${i * i}`);
  const compressors = {
    GZIP: (bytes: Uint8Array) => gzipSync(bytes),
    BROTLI: (bytes: Uint8Array) => brotliCompressSync(bytes),
    ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes),
  };
  const fileOf = (
    codec: "SNAPPY" | "UNCOMPRESSED" | keyof typeof compressors,
    data: unknown[] = texts,
    more: Partial<ColumnSource> = {},
  ) =>
    new Uint8Array(parquetWriteBuffer({
      columnData: [{ name: "id", data: data.map((_, i) => i), type: "INT32" }, {
        name: "text",
        data,
        type: "STRING",
        nullable: true,
        ...more,
      }],
      codec,
      compressors,
      rowGroupSize: 16,
      pageSize: 100,
    }));
  return {
    "plain.parquet": fileOf("UNCOMPRESSED"),
    "snappy.parquet": fileOf("SNAPPY"),
    "dictionary.parquet": fileOf("UNCOMPRESSED", Array.from({ length: 60 }, (_, i) => `${i % 3}`)),
    "json.parquet": fileOf("UNCOMPRESSED", ["a", 1, null, { a: [] }], { type: "JSON" }),
    "lengths.parquet": fileOf("UNCOMPRESSED", texts, { encoding: "DELTA_LENGTH_BYTE_ARRAY" }),
    "prefixes.parquet": fileOf("SNAPPY", texts, { encoding: "DELTA_BYTE_ARRAY" }),
    "first-version.parquet": FIRST_VERSION,
    "gzip.parquet": fileOf("GZIP"),
    "zstd.parquet": fileOf("ZSTD"),
    "brotli.parquet": fileOf("BROTLI"),
  };
}

/** Where the metadata of a file begin: at its end are these, their length and a mark. */
function metadataOf(file: Bytes): number {
  return file.length - new DataView(file.buffer).getUint32(file.length - 8, true) - 8;
}

/** Half of them in the metadata, whose length is mostly told as it is then. */
function damagedParquet(file: Bytes, random: Random, other: Bytes): Bytes {
  if (random(2) === 0) return damagedBytes(file, random, other);
  if (random(4) !== 0) return damagedMetadata(file, random, other);
  const start = metadataOf(file);
  return concat([file.slice(0, start), damagedBytes(file.slice(start), random, other)]);
}

function damagedMetadata(file: Bytes, random: Random, other: Bytes): Bytes {
  const start = metadataOf(file);
  const metadata = damagedBytes(file.slice(start, -8), random, other.slice(metadataOf(other), -8));
  const length = new Uint8Array(Uint32Array.of(metadata.length).buffer);
  return concat([file.slice(0, start), metadata, length, encoded("PAR1")]);
}

/** Decodes a file in this thread. */
function decoderOf(name: string): RowDecoder {
  let decoder: ParquetDecoder;
  return {
    open(footer, size, field) {
      decoder = new ParquetDecoder(name, footer, size, field);
      return Promise.resolve(decoder.groups);
    },
    rows(group, bytes, start, end) {
      if (bytes !== null) decoder.load(group, bytes);
      return decoder.rows(start, end);
    },
    [Symbol.dispose]() {},
  };
}

/** `openParquet`, but for the thread. */
export function parquet(): Subject {
  return {
    files: parquetFiles(),
    damage: damagedParquet,
    async read(file, name) {
      const source = memorySource(file, name);
      using parquet = await decodeParquet(source, "text", () => decoderOf(name));
      for await (const _ of parquet.pieces(0));
    },
  };
}

/** `openParquet`. */
export function parquetThread(): Subject {
  return {
    files: parquetFiles(),
    damage: damagedParquet,
    async read(file, name) {
      using parquet = await openParquet(memorySource(file, name), "text");
      for await (const _ of parquet.pieces(0));
    },
  };
}

/** `ParquetDecoder`, of the metadata alone. */
export function parquetMetadata(): Subject {
  return {
    files: parquetFiles(),
    damage: damagedMetadata,
    read: ({ buffer, length }, name) => new ParquetDecoder(name, buffer, length, "text"),
  };
}
