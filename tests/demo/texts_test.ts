import { assertEquals } from "@std/assert";
import { showcaseLines, textLines } from "../../tasks/demo/texts.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

Deno.test("textLines() shows the first texts, each in a line that does nothing to a terminal", () => {
  const texts = [" a\nb", "c\x1b[2J", "d", "e", "f"];
  assertEquals(textLines("FLM", { numSteps: 8, texts }), [
    "",
    "FLM, 8 steps:",
    "  a / b",
    "  c\\x1b[2J",
    "  d",
    "  e",
  ]);
});

gpuTest(
  "showcaseLines() has texts of the model that comes with flm, and nothing if it is not there",
  (gpu) =>
    withFolder(async (folder) => {
      const { signal } = new AbortController();
      const lines = (location: string) =>
        showcaseLines(gpu, { numSteps: [1, 3, 2], seed: 0 }, signal, location);
      assertEquals(await lines(`${folder}/none`), []);
      await writeTinyCheckpoint(gpu, `${folder}/showcase`);
      const [empty, title, ...texts] = await lines(`${folder}/showcase`);
      assertEquals([empty, texts.length], ["", 4]);
      assertEquals(title, "The FLM that comes with flm, 1 step:");
    }),
);
