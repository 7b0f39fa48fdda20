/**
 * Tests of lines.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Line, lineBatches, LONGEST_LINE } from "../../../../lib/data/corpora/text/lines.ts";

async function linesOf(chunks: Iterable<Uint8Array<ArrayBuffer>>): Promise<Line[]> {
  const bytes = async function* () {
    yield* chunks;
  };
  return (await Array.fromAsync(lineBatches(bytes()))).flat();
}

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("lineBatches() leaves out a line that is too long, with bounded memory", async () => {
  const chunk = new Uint8Array(1 << 20).fill(0x61);
  const repeated = function* (before: string, chunks: number, after: string) {
    yield encode(before);
    for (let i = 0; i < chunks; i++) yield chunk;
    yield encode(after);
  };
  const most = LONGEST_LINE / chunk.length;
  const fault = { fault: "is longer than 64 MiB" };
  assertEquals(await linesOf(repeated("one\n", most + 1, "a\ntwo\nthree")), [
    "one",
    fault,
    "two",
    "three",
  ]);
  // More than a text may have in JavaScript.
  assertEquals(await linesOf(repeated("a", 520, "")), [fault]);
  const lines = await linesOf(repeated("one\n", most, "\n\nend"));
  assertEquals(lines.map((line) => (line as string).length), [3, LONGEST_LINE, 0, 3]);
});

Deno.test("lineBatches() calls what is no text faulty, line by line", async () => {
  const bytes = new Uint8Array([...encode("\ufeffa\r\n"), 0xe9, 10, 0x61, 0, 10, ...encode("é\n")]);
  const expected = [
    "a",
    { fault: "is not UTF-8" },
    { fault: "has a byte that is 0, so it is no text in UTF-8" },
    "é",
  ];
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.subarray(i * size, (i + 1) * size),
    );
    assertEquals(await linesOf(chunks), expected, `${size}`);
  }
});
