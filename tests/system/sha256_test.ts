import { assertEquals } from "@std/assert";
import { PlainSha256 } from "../../lib/system/sha256_plain.ts";
import { sha256, sha256Hex } from "../../lib/system/sha256.ts";

/** Feeds bytes in pieces of growing lengths. */
function inPieces(hash: { update(bytes: Uint8Array): void }, bytes: Uint8Array): void {
  for (let at = 0, length = 0; at < bytes.length; at += length++) {
    hash.update(bytes.subarray(at, at + length));
  }
}

Deno.test("sha256() and PlainSha256 give the platform's hash, however the bytes are cut", async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_001]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
    const expected = await sha256Hex(bytes);
    for (const hash of [sha256(), new PlainSha256()]) {
      inPieces(hash, bytes);
      assertEquals(hash.hex(), expected, `${length} bytes`);
    }
  }
});
