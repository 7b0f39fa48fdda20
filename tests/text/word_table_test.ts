/**
 * Tests of the table of words.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Utf8Buffer } from "../../lib/text/utf8_buffer.ts";
import { WordTable } from "../../lib/text/word_table.ts";

/** A table whose ids of a word are its bytes, and the words that it has asked for. */
function byteTable() {
  const asked: string[] = [];
  const decoder = new TextDecoder();
  const table = new WordTable((text, start, end) => {
    const word = new Uint8Array(text.buffer, text.byteOffset + start, end - start);
    asked.push(decoder.decode(word));
    return [...word];
  });
  const utf8 = new Utf8Buffer();
  const encode = (words: readonly string[]): number[] => {
    const ids: number[] = [];
    const text = utf8.encode(words.join(""));
    let start = 0;
    for (const word of words) {
      const end = start + new TextEncoder().encode(word).length;
      table.encodeInto(text, start, end, ids);
      start = end;
    }
    return ids;
  };
  return { asked, encode };
}

const bytes = (words: readonly string[]) => [...new TextEncoder().encode(words.join(""))];

Deno.test("WordTable gives the ids of words of every length, and asks for each once", () => {
  const { asked, encode } = byteTable();
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  const words = Array.from({ length: 64 }, (_, i) => (alphabet + alphabet).slice(0, i + 1));
  words.push("é", "日本", "a😀");
  assertEquals(encode([...words, ...words]), bytes([...words, ...words]));
  assertEquals(asked, words);
});

Deno.test("WordTable tells words apart that differ in one byte, wherever it is", () => {
  const { asked, encode } = byteTable();
  const words: string[] = [];
  for (const length of [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 64]) {
    words.push("a".repeat(length));
    for (let i = 0; i < length; i++) {
      words.push("a".repeat(i) + "b" + "a".repeat(length - i - 1));
    }
  }
  assertEquals(encode([...words, ...words]), bytes([...words, ...words]));
  assertEquals(asked, words);
});

Deno.test("WordTable does not keep words longer than 64 bytes", () => {
  const { asked, encode } = byteTable();
  const words = ["a".repeat(64), "a".repeat(65)];
  assertEquals(encode([...words, ...words]), bytes([...words, ...words]));
  assertEquals(asked, [...words, words[1]]);
});

Deno.test("WordTable forgets when it is full, and goes on", () => {
  const { asked, encode } = byteTable();
  const words = Array.from({ length: 140_000 }, (_, i) => `${i};`);
  assertEquals(encode(words), bytes(words));
  assertEquals(asked.length, words.length);
  const again = [words[0]!, words.at(-1)!];
  assertEquals(encode(again), bytes(again));
  assertEquals(asked.slice(words.length), [words[0]]);
});
