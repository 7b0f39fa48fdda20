/**
 * The stand-in for `@std/streams/text-line-stream`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { TextLineStream, type TextLineStreamOptions } from "@std/streams/text-line-stream";

function lines(chunks: string[], options?: TextLineStreamOptions): Promise<string[]> {
  return Array.fromAsync(ReadableStream.from(chunks).pipeThrough(new TextLineStream(options)));
}

Deno.test("TextLineStream splits at LF and CRLF wherever chunks are cut", async () => {
  const expected = ["ab", "", "c\rd", "e"];
  assertEquals(await lines(["ab\n\r\nc\rd\ne"]), expected);
  assertEquals(await lines([..."ab\n\r\nc\rd\ne"]), expected);
});

Deno.test("TextLineStream gives no empty line when the text ends with a line end", async () => {
  assertEquals(await lines(["a\n"]), ["a"]);
  assertEquals(await lines(["\n"]), [""]);
  assertEquals(await lines([]), []);
});

Deno.test("TextLineStream splits at a lone CR when allowCR is set", async () => {
  const expected = ["a", "b", "c", "", "d"];
  assertEquals(await lines(["a\rb\r\nc\n\rd\r"], { allowCR: true }), expected);
  assertEquals(await lines([..."a\rb\r\nc\n\rd\r"], { allowCR: true }), expected);
  assertEquals(await lines(["a\r"]), ["a\r"]);
});
