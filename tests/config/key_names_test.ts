import { assertEquals } from "@std/assert";
import { fullKey, kebab, keyInWords } from "../../lib/config/key_names.ts";

Deno.test("kebab() and fullKey() are the two ways to write a key", () => {
  for (
    const [key, flag] of [
      ["train.numSteps", "train.num-steps"],
      ["secondStage.optim.lr", "second-stage.optim.lr"],
      ["lr", "lr"],
    ] as const
  ) {
    assertEquals(kebab(key), flag);
    assertEquals(fullKey(flag), key);
    assertEquals(fullKey(key), key);
  }
});

Deno.test("keyInWords() parts the words of a key", () => {
  assertEquals(keyInWords("flowMap"), "flow map");
  assertEquals(keyInWords("teacher"), "teacher");
});
