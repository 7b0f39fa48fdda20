/**
 * Tests of texts as bytes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Utf8Buffer, utf8Length } from "../../lib/text/utf8_buffer.ts";

/** Texts shorter and longer than what is kept, with characters of every size at every place. */
const TEXTS = ["", "a", "é", "日", "😀", "\ud83d", "a\ude00b"].concat(
  [0, 1, 2, 3].map((shift) => "x".repeat(shift) + "aé日😀\ud83d".repeat(40_000)),
);

Deno.test("Utf8Buffer.encode() gives the bytes of every text", () => {
  const buffer = new Utf8Buffer();
  for (const text of TEXTS) {
    const { buffer: bytes, byteOffset, byteLength } = buffer.encode(text);
    assertEquals(new Uint8Array(bytes, byteOffset, byteLength), new TextEncoder().encode(text));
  }
});

Deno.test("utf8Length() counts the bytes of every text", () => {
  for (const text of TEXTS) assertEquals(utf8Length(text), new TextEncoder().encode(text).length);
});
