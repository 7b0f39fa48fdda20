/**
 * Tests of what files are by their first bytes.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError, DataError } from "../../lib/errors.ts";
import { contentOf } from "../../lib/system/content.ts";
import { readText } from "../../lib/io/read_text.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("contentOf() knows what is met in the place of another file", () => {
  const cases: [string | number[], string | undefined][] = [
    ["version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "lfs"],
    [[0x1f, 0x8b, 8], "gzip"],
    [[0x28, 0xb5, 0x2f, 0xfd], "zstd"],
    ["PAR1", "parquet"],
    ["PK\x03\x04", "packed"],
    ["BZh91AY&SY", "packed"],
    ["BZh is a name", undefined],
    ["<!DOCTYPE HTML>", "page"],
    ["\ufeff\n <head>", "page"],
    ["<!-- a page -->", "page"],
    ["<xml>", undefined],
    [" version https://git-lfs.github.com/spec/v1", undefined],
    [[0xff, 0xfe, 0x61, 0], "utf-16"],
    [[0xff, 0xfe, 0, 0], "utf-32"],
    [[0xfe, 0xff, 0, 0x61], "utf-16"],
    ["a\0b\0", "utf-16"],
    ["\0a\0b", "utf-16"],
    ["a\0\0\0b\0\0\0", "utf-32"],
    ["\0\0\0a\0\0\0b", "utf-32"],
    [[0xef, 0xbb, 0xbf, 0x61], undefined],
    ["Some text.", undefined],
    ["", undefined],
    [[0xff, 0xff, 0xff], undefined],
  ];
  for (const [beginning, kind] of cases) {
    const head = typeof beginning === "string"
      ? new TextEncoder().encode(beginning)
      : new Uint8Array(beginning);
    assertEquals(contentOf(head)?.kind, kind, `${beginning}`);
    assertEquals(contentOf(head, contentOf(head)?.kind), null, `${beginning}`);
  }
});

Deno.test("a Git LFS pointer is named wherever a file is read whole", async () => {
  const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid a\n");
  await withFolder(async (folder) => {
    const path = `${folder}/model.safetensors`;
    await Deno.writeFile(path, pointer);
    const message = `Cannot read ${path}: it is not a safetensors file; it is a Git LFS pointer`;
    await assertRejects(() => SafetensorsFile.open(path), CheckpointError, message);
    const text = `Cannot read ${path}: it is a Git LFS pointer`;
    await assertRejects(() => readText(path, DataError), DataError, text);
  });
});
