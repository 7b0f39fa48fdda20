import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { type ByteSource, memorySource } from "../../lib/io/byte_source.ts";
import { concat } from "../../lib/system/concat.ts";
import { isStored, ZipFile } from "../../lib/zip/reader.ts";
import { crc32 } from "../../lib/zip/crc32.ts";
import {
  dataDescriptor,
  directoryLine,
  endOfDirectory,
  localHeader,
} from "../../lib/zip/records.ts";
import { zipBytes } from "../../lib/zip/writer.ts";
import { deflated, type HandEntry, handZip } from "../testing/zip.ts";

const TEXT = new TextEncoder().encode("A text, a text, a text, a text, a text. ".repeat(50));
const PACKED = await deflated(TEXT);

function open(bytes: Uint8Array<ArrayBuffer>): Promise<ZipFile> {
  return ZipFile.open(memorySource(bytes, "x.zip", CheckpointError), CheckpointError);
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return concat(all);
}

Deno.test("ZipFile.read() gives entries as they are and compressed ones", async () => {
  const zip = await open(handZip([
    { name: "empty", bytes: new Uint8Array(0) },
    { name: "stored", bytes: TEXT },
    { name: "a/deflated", bytes: TEXT, kept: PACKED, method: 8 },
    { name: "__proto__", bytes: TEXT.subarray(7, 8).slice() },
  ]));
  assertEquals([...zip.entries.keys()], ["empty", "stored", "a/deflated", "__proto__"]);
  const read = async (name: string) => await zip.read(zip.entries.get(name)!, TEXT.length);
  assertEquals(await read("empty"), new Uint8Array(0));
  assertEquals(await read("stored"), TEXT);
  assertEquals(await read("a/deflated"), TEXT);
  assertEquals(await read("__proto__"), TEXT.slice(7, 8));
  assertEquals([...zip.entries.values()].map(isStored), [true, true, false, true]);
});

Deno.test("ZipFile.read() says what is wrong with an entry", async () => {
  const good = { name: "a", bytes: TEXT };
  const packed = { ...good, kept: PACKED, method: 8 };
  const cases: [HandEntry, string][] = [
    [{ ...good, crc32: 1 }, `its CRC-32 is ${crc32(TEXT).toString(16)}, expected 00000001`],
    [{ ...good, flags: 1 }, "is encrypted"],
    [{ ...good, method: 12 }, "is compressed by the method 12"],
    [{ ...good, localName: "b" }, "has another header than its directory says"],
    [{ ...good, localName: "aa" }, "has another header than its directory says"],
    [{ ...packed, size: TEXT.length + 1 }, "2000 bytes come out instead of 2001"],
    [{ ...packed, size: TEXT.length - 1 }, "more than 1999 bytes come out"],
    [{ ...packed, size: 2 ** 27 }, "compressed bytes cannot be 134217728"],
    [{ ...packed, size: 2 ** 31 }, "expected 1073741824 at most"],
    [{ ...packed, kept: PACKED.slice(0, 20) }, "is damaged"],
    [{ ...packed, kept: TEXT }, "is damaged"],
  ];
  for (const [entry, message] of cases) {
    const zip = await open(handZip([{ name: "first", bytes: TEXT }, entry]));
    const read = () => zip.read(zip.entries.get("a")!, 2 ** 30);
    const error = await assertRejects(read, CheckpointError, message);
    assertEquals(error.message.startsWith('Cannot read x.zip: its entry "a" '), true);
  }
});

Deno.test("ZipFile.open() says what is wrong with a directory", async () => {
  const entry = { name: "a", bytes: TEXT };
  const whole = handZip([entry, { name: "b", bytes: TEXT }]);
  const end = whole.length - 22;
  const changed = (at: number, ...values: number[]) => {
    const copy = whole.slice();
    copy.set(values, at);
    return copy;
  };
  const cases: [Uint8Array<ArrayBuffer>, string][] = [
    [new Uint8Array(0), "is missing: the file is cut short"],
    [whole.slice(0, -1), "is missing: the file is cut short"],
    [whole.slice(1), "bytes are missing or were put before it"],
    [concat([whole.slice(0, 100), whole]), "bytes are missing or were put before it"],
    [handZip([entry, entry]), 'its entry "a" is there twice'],
    [handZip([entry, { ...entry, name: "b", offset: 0 }]), "reaches to byte 2031"],
    [handZip([entry, { ...entry, name: "b", offset: 10 }]), "reaches to byte 2031"],
    [handZip([{ ...entry, offset: 2 ** 31 }]), "the file is damaged"],
    [handZip([{ ...entry, size: 2 ** 31, compressedSize: 2 ** 31 }]), "reaches to byte 2147483679"],
    [handZip([{ ...entry, size: 3 }]), "is not compressed, but has 3 bytes and takes 2000"],
    [handZip([{ ...entry, compressedSize: 0xffffffff }]), 'the sizes of its entry "a" are missing'],
    [changed(end + 4, 1), "one part of a zip file in several parts"],
    [changed(end + 8, 1), "one part of a zip file in several parts"],
    [changed(end + 8, 1, 0, 1), "its directory has too few entries"],
    [changed(end + 8, 3, 0, 3), "should lie in bytes"],
    [changed(end + 8, 0xfe, 0xff, 0xfe, 0xff), "should lie in bytes"],
    [changed(end + 12, 0, 0, 0, 0x7f), "are read at most"],
    [changed(end - 47, 0), "line 1 of its directory is none"],
    [changed(end - 47 + 32, 9), "reaches beyond its end"],
  ];
  for (const [bytes, message] of cases) {
    const error = await assertRejects(() => open(bytes), CheckpointError, message);
    assertEquals(error.message.startsWith("Cannot read x.zip: "), true);
  }
});

Deno.test("ZipFile finds the end of a directory with a comment that looks like one", async () => {
  const whole = handZip([{ name: "a", bytes: TEXT }]);
  const comment = new Uint8Array(60);
  comment.set(whole.slice(-22), 5);
  const bytes = concat([whole, comment]);
  bytes[whole.length - 2] = comment.length;
  assertEquals((await open(bytes)).entries.size, 1);
});

/** Bytes at a few places of a file; zeros elsewhere. */
function sparseSource(size: number, parts: readonly [number, Uint8Array][]): ByteSource {
  return {
    name: "sparse.zip",
    size,
    read(offset, target) {
      target.fill(0);
      for (const [at, bytes] of parts) {
        const from = Math.max(offset, at);
        const to = Math.min(offset + target.length, at + bytes.length);
        if (from < to) target.set(bytes.subarray(from - at, to - at), from - offset);
      }
      return Promise.resolve();
    },
    close() {},
  };
}

Deno.test("ZipFile reads entries that are larger than 4 GiB, and behind them", async () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const large = { name: encode("large"), size: 5 * 2 ** 30, offset: 0, crc32: 5 };
  const header = localHeader(large);
  const descriptor = dataDescriptor(large);
  const offset = header.length + large.size + descriptor.length;
  const small = { name: encode("small"), size: TEXT.length, offset, crc32: crc32(TEXT) };
  const smallHeader = localHeader(small);
  const directory = offset + smallHeader.length + TEXT.length + dataDescriptor(small).length;
  const lines = concat([directoryLine(large), directoryLine(small)]);
  const end = endOfDirectory(2, lines.length, directory);
  const source = sparseSource(directory + lines.length + end.length, [
    [0, header],
    [header.length + large.size, descriptor],
    [offset, concat([smallHeader, TEXT, dataDescriptor(small)])],
    [directory, concat([lines, end])],
  ]);
  const zip = await ZipFile.open(source, CheckpointError);
  const found = zip.entries.get("large")!;
  assertEquals([found.size, found.end, found.crc32], [large.size, offset, 5]);
  assertEquals(await zip.dataOffset(found), header.length);
  assertEquals(await zip.read(zip.entries.get("small")!, 2 ** 20), TEXT);
  // The large end of the directory, with a number that the small one contradicts.
  const wrong = end.slice();
  wrong[end.length - 22 + 10] = 3;
  const other = sparseSource(source.size, [[directory, concat([lines, wrong])]]);
  const message = "the two ends of its directory contradict each other";
  await assertRejects(() => ZipFile.open(other, CheckpointError), CheckpointError, message);
});

Deno.test("zipBytes() writes what ZipFile reads, aligned to 64 bytes", async () => {
  const names = ["a", "longer/name", "ü", "x".repeat(70)];
  const bytes = await collect(zipBytes(names.map((name, i) => ({
    name,
    size: TEXT.length - i,
    bytes: () => [TEXT.subarray(i, 100), TEXT.subarray(100)],
  }))));
  const zip = await open(bytes);
  assertEquals([...zip.entries.keys()], names);
  for (const [i, entry] of [...zip.entries.values()].entries()) {
    assertEquals(await zip.dataOffset(entry) % 64, 0);
    assertEquals(await zip.read(entry, 2 ** 20), TEXT.slice(i));
  }
});

Deno.test("ZipFile reads more entries than 16 bits can count", async () => {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const lines: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (let i = 0; i < 65_535; i++) {
    const entry = { name: new TextEncoder().encode(String(i)), size: 0, offset, crc32: 0 };
    const header = localHeader(entry);
    pieces.push(header);
    lines.push(directoryLine(entry));
    offset += header.length;
  }
  const directory = concat(lines);
  const end = endOfDirectory(lines.length, directory.length, offset);
  assertEquals((await open(concat([...pieces, directory, end]))).entries.size, lines.length);
});

Deno.test("zipBytes() throws when a name is there twice or the size is another", async () => {
  const entry = { name: "a", size: 1, bytes: () => [new Uint8Array(1)] };
  await assertRejects(() => collect(zipBytes([entry, entry])), RangeError, "is there twice");
  const message = "should have 2 bytes, but 1 were given";
  await assertRejects(() => collect(zipBytes([{ ...entry, size: 2 }])), RangeError, message);
});
