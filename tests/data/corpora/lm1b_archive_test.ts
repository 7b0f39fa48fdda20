/**
 * Tests of the LM1B archive and of the tar reader beneath it.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import type { Corpus, CorpusPart } from "../../../lib/data/corpus.ts";
import { openCorpus } from "../../../lib/data/corpora/open_corpus.ts";
import { readTar } from "../../../lib/data/corpora/bytes/tar.ts";
import { DataError } from "../../../lib/errors.ts";
import { serveFolders } from "../../testing/static_server.ts";

const ROOT = "1-billion-word-language-modeling-benchmark-r13output";
const TRAIN = "training-monolingual.tokenized.shuffled";
const HELDOUT = "heldout-monolingual.tokenized.shuffled";

interface Entry {
  path: string;
  content?: string;
  /** `0`, a regular file, unless given. */
  type?: string;
  prefix?: string;
  /** Writes the size in binary, as GNU tar does for large files. */
  binarySize?: boolean;
}

/** A header of 512 bytes and the content, filled up to such blocks. */
function blocksOf({ path, content = "", type = "0", prefix = "", binarySize }: Entry): Uint8Array {
  const encoder = new TextEncoder();
  const body = encoder.encode(content);
  const bytes = new Uint8Array(512 + Math.ceil(body.length / 512) * 512);
  const put = (text: string, offset: number) => bytes.set(encoder.encode(text), offset);
  put(path, 0);
  put("0000644\0", 100);
  if (binarySize) {
    bytes[124] = 0x80;
    new DataView(bytes.buffer).setUint32(132, body.length);
  } else {
    put(body.length.toString(8).padStart(11, "0"), 124);
  }
  put(type, 156);
  put("ustar\0" + "00", 257);
  put(prefix, 345);
  put(" ".repeat(8), 148);
  const sum = bytes.subarray(0, 512).reduce((sum, byte) => sum + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  bytes.set(body, 512);
  return bytes;
}

function tar(entries: readonly Entry[], end = 1024): Uint8Array<ArrayBuffer> {
  const blocks = entries.map(blocksOf).concat(new Uint8Array(end));
  const bytes = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let offset = 0;
  for (const block of blocks) {
    bytes.set(block, offset);
    offset += block.length;
  }
  return bytes;
}

/** Bytes in chunks of a size that fits nothing. */
async function* chunks(bytes: Uint8Array<ArrayBuffer>, size: number) {
  for (let i = 0; i < bytes.length; i += size) {
    yield await Promise.resolve(bytes.subarray(i, i + size));
  }
}

async function unpack(bytes: Uint8Array<ArrayBuffer>, size = 1000): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const entry of readTar(chunks(bytes, size), "x.tar")) {
    const content = await new Blob(await Array.fromAsync(entry.bytes)).text();
    found.push([entry.path, content]);
  }
  return found;
}

const LONG = `${"folder/".repeat(40)}file`;

Deno.test("readTar() gives regular files, with long names and large sizes", async () => {
  const pax = (text: string) => `${text.length + 4} ${text}\n`;
  const entries: Entry[] = [
    { path: "folder/", type: "5" },
    { path: "pax_global_header", type: "g", content: pax("comment=abc") },
    { path: "a", content: "x".repeat(512) },
    { path: "b", prefix: "in/here", content: "" },
    { path: "././@LongLink", type: "L", content: `${LONG}\0` },
    { path: LONG.slice(0, 100), content: "long", binarySize: true },
    { path: "PaxHeaders/x", type: "x", content: pax("mtime=1") + pax(`path=${LONG}2`) },
    { path: LONG.slice(0, 100), content: "y".repeat(1025) },
    { path: "link", type: "2" },
    { path: "c", type: "\0", content: "old" },
  ];
  const expected: [string, string][] = [
    ["a", "x".repeat(512)],
    ["in/here/b", ""],
    [LONG, "long"],
    [`${LONG}2`, "y".repeat(1025)],
    ["c", "old"],
  ];
  for (const size of [7, 512, 1000, 1e6]) assertEquals(await unpack(tar(entries), size), expected);
});

Deno.test("readTar() passes over what is not read", async () => {
  const entries = ["a", "b", "c"].map((path) => ({ path, content: path.repeat(2000) }));
  const paths: string[] = [];
  for await (const { path, bytes } of readTar(chunks(tar(entries), 300), "x.tar")) {
    paths.push(path);
    for await (const _ of bytes) if (path === "b") break;
  }
  assertEquals(paths, ["a", "b", "c"]);
});

Deno.test("readTar() throws when the archive is truncated or damaged", async () => {
  const whole = tar([{ path: "a", content: "x".repeat(600) }, { path: "b", content: "y" }]);
  for (const length of [0, 100, 512, 1000, 1400, 1536, 2100, 2560]) {
    await assertRejects(() => unpack(whole.slice(0, length)), DataError, "x.tar", `${length}`);
  }
  const damaged = whole.slice();
  damaged[1]! ^= 1;
  await assertRejects(() => unpack(damaged), DataError, "a header's checksum is wrong");
  const text = new TextEncoder().encode("no archive ".repeat(100));
  await assertRejects(() => unpack(text), DataError, "damaged or no tar archive");
});

/** Their paths are too long for one field. */
const BENCHMARK: Entry[] = [
  { path: "README", content: "not a document\n" },
  { path: `${TRAIN}/news.en-00002-of-00100`, content: "one .\ntwo ,\n" },
  { path: `${HELDOUT}/news.en.heldout-00001-of-00050`, content: "held\nout\n" },
  // No file of the benchmark, though it lies in its folder.
  { path: `${HELDOUT}/news.en.heldout-00000-of-00050.txt`, content: "no\n" },
  { path: `${TRAIN}/news.en-00001-of-00100`, content: "three é" },
  { path: `${HELDOUT}/news.en.heldout-00000-of-00050`, content: "more\n" },
].map((entry) => ({ ...entry, prefix: ROOT }));

async function withArchive(
  archive: Uint8Array,
  test: (corpus: Corpus, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/lm1b.tar.gz`;
    await Deno.writeFile(path, archive);
    await test(openCorpus({ kind: "lm1b-archive", path }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function documentsOf(parts: readonly CorpusPart[] | null, skip = 0): Promise<string[]> {
  assertEquals(parts?.length, 1);
  const pieces = await Array.fromAsync(parts![0]!.pieces(skip));
  assert(pieces.every(({ endOfDocument }) => endOfDocument));
  return pieces.map(({ text, fault }) => fault ?? text);
}

Deno.test("the LM1B archive holds both splits, a sentence a line", async () => {
  await withArchive(gzipSync(tar(BENCHMARK)), async (local, folder) => {
    await using server = serveFolders({ "/": folder }, { ranges: true });
    const path = `${server.origin}/lm1b.tar.gz`;
    for (const corpus of [local, openCorpus({ kind: "lm1b-archive", path })]) {
      const { train, validation } = await corpus.parts();
      const sentences = ["one .", "two ,", "three é"];
      for (const skip of [0, 1, 2, 3]) {
        assertEquals(await documentsOf(train, skip), sentences.slice(skip));
        assertEquals(await documentsOf(validation, skip), ["held", "out", "more"].slice(skip));
      }
      for await (const { text } of train[0]!.pieces(0)) {
        assertEquals(text, "one .");
        break;
      }
    }
    assert((await local.identity()).startsWith("sha256:"));
  });
});

Deno.test("an archive that is truncated or another one is named", async () => {
  const whole = gzipSync(tar(BENCHMARK));
  const cases: [Uint8Array, string][] = [
    [whole.subarray(0, -20), "it is truncated, damaged or no gzip file"],
    [gzipSync(tar(BENCHMARK, 0)), "it is truncated, damaged or no tar archive (it ends too early)"],
    [gzipSync(tar(BENCHMARK.slice(0, 2))), "holds no file that matches"],
    [gzipSync("text"), "no tar archive"],
  ];
  for (const [archive, message] of cases) {
    await withArchive(archive, async (corpus, folder) => {
      const { validation } = await corpus.parts();
      const error = await assertRejects(() => documentsOf(validation), DataError, message);
      assert(error.message.includes(`${folder}/lm1b.tar.gz`), error.message);
    });
  }
});
