import { assertEquals } from "@std/assert";
import { readTests, testFiles } from "../../../bench/card/kernel_tests.ts";

Deno.test("testFiles() begins with what is most likely to go wrong", async () => {
  const files = await testFiles();
  assertEquals(files.slice(0, 2), [
    "tests/ops/known_answers_test.ts",
    "tests/ops/attention_test.ts",
  ]);
  assertEquals(new Set(files).size, files.length);
  assertEquals(files.at(-1)?.startsWith("tests/random/"), true);
});

Deno.test("readTests() counts, and names what failed once", () => {
  const output = "f() does x ... ok (3ms)\ng() does y ... FAILED (4ms)\n\nFAILURES\n\n" +
    "g() does y ... FAILED\n\nFAILED | 12 passed (3 steps) | 1 failed (2s)\n";
  assertEquals(readTests("a_test.ts", output, ""), {
    ...{ event: "tests", file: "a_test.ts", passed: 12, failed: 1, failures: ["g() does y"] },
  });
});

Deno.test("readTests() has the last words of a process that died", () => {
  const { failed, failures } = readTests("a_test.ts", "", "warning\nSegmentation fault\n");
  assertEquals([failed, failures], [1, ["Segmentation fault"]]);
  assertEquals(readTests("a_test.ts", "", "").failures, ["it said nothing"]);
});
