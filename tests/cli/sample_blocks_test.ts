/**
 * Texts as `sample` prints them, read again.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { readSampleBlocks, sampleBlock } from "../../lib/cli/sample_blocks.ts";
import { DataError } from "../../lib/errors.ts";

/** What printing the texts leaves in a file. */
const printed = (texts: readonly string[]) =>
  texts.map((text, i) => `${sampleBlock(text, i, texts.length)}\n`).join("");

Deno.test("readSampleBlocks() gives back the texts that were printed", () => {
  for (
    const texts of [
      ["one"],
      ["", "two\n\nlines\n", "\n", " three --- sample 1 of 3 ---", "\u2028--- sample 2 of 5 ---\n"],
    ]
  ) {
    assertEquals(readSampleBlocks(printed(texts), "a.txt"), texts);
    // As Windows' shells write them.
    const returned = texts.map((text) => text.replaceAll("\n", "\r\n"));
    const content = printed(texts).replaceAll("\n", "\r\n");
    assertEquals(readSampleBlocks(content, "a.txt"), returned);
  }
});

Deno.test("readSampleBlocks() leaves other files alone", () => {
  for (const content of ["", "one\n--- sample 1 of 1 ---\n", "--- sample one of 1 ---\n"]) {
    assertEquals(readSampleBlocks(content, "a.txt"), null);
  }
});

Deno.test("readSampleBlocks() says which texts are missing, or too many", () => {
  const [whole, first] = [printed(["a", "b"]), `${sampleBlock("a", 0, 2)}\n`];
  const cases = [
    [
      first,
      "a.txt has lines that count its texts, 1 of them, where the line above text 1 says 1 of 2",
    ],
    [first + whole, "the line above text 1 says 1 of 2"],
    [printed(["a"]) + printed(["b"]), "the line above text 1 says 1 of 1"],
    [`${sampleBlock("a", 1, 2)}\n${sampleBlock("b", 0, 2)}\n`, "above text 1 says 2 of 2"],
  ] as const;
  for (const [content, message] of cases) {
    assertThrows(() => readSampleBlocks(content, "a.txt"), DataError, message);
  }
});
