import { assertEquals, assertRejects } from "@std/assert";
import { readTar } from "../../../../lib/data/corpora/bytes/tar.ts";
import { DataError } from "../../../../lib/errors.ts";
import { tar, type TarContent } from "../../tar.ts";

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
  const entries: TarContent[] = [
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
