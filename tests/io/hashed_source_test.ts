import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { type ByteSource, memorySource } from "../../lib/io/byte_source.ts";
import { HashedSource } from "../../lib/io/hashed_source.ts";
import { sha256Hex } from "../../lib/system/sha256.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i * 31);

/** A source that counts the bytes it is asked for. */
function counted(): ByteSource & { asked: number } {
  const source = memorySource(BYTES, "x");
  return {
    ...source,
    asked: 0,
    read(offset, target) {
      this.asked += target.length;
      return source.read(offset, target);
    },
  };
}

Deno.test("HashedSource reads nothing twice that is read in order", async () => {
  const source = counted();
  const hashed = new HashedSource(source);
  for (let at = 0; at < 1000; at += 125) {
    const piece = new Uint8Array(125);
    await hashed.read(at, piece);
    assertEquals(piece, BYTES.slice(at, at + 125));
  }
  assertEquals(await hashed.hex(), await sha256Hex(BYTES));
  assertEquals(source.asked, 1000);
});

Deno.test("HashedSource gives the hash whatever was read, in whatever order", async () => {
  const reads: [number, number][][] = [
    [],
    [[0, 8], [500, 100], [8, 100], [50, 100], [0, 1000]],
    [[999, 1], [0, 999]],
    [[0, 0], [1000, 0]],
  ];
  for (const each of reads) {
    const hashed = new HashedSource(counted());
    for (const [offset, length] of each) await hashed.read(offset, new Uint8Array(length));
    assertEquals(await hashed.hex(), await sha256Hex(BYTES));
  }
});

Deno.test("HashedSource hashes nothing that could not be read", async () => {
  const hashed = new HashedSource(counted());
  await assertRejects(() => hashed.read(990, new Uint8Array(11)), DataError, "990 to 1001");
  assertEquals(await hashed.hex(), await sha256Hex(BYTES));
});
