import { assertEquals } from "@std/assert";
import { Crc32, crc32 } from "../../lib/zip/crc32.ts";
import { randomIntegers } from "../testing/random_integers.ts";

/** CRC-32 bit by bit. */
function plainCrc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

Deno.test("crc32() gives the CRC of the standard's example", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assertEquals(crc32(new Uint8Array(0)), 0);
});

Deno.test("Crc32 gives the same however the bytes are cut, at any length", () => {
  const random = randomIntegers(7);
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, () => random(256));
    const expected = plainCrc32(bytes);
    assertEquals(crc32(bytes), expected);
    const cut = random(length + 1);
    const crc = new Crc32().update(bytes.subarray(0, cut));
    assertEquals(crc.value, plainCrc32(bytes.subarray(0, cut)));
    assertEquals(crc.update(bytes.subarray(cut)).value, expected);
  }
});
