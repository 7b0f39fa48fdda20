import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { expandTemplate } from "../../lib/gpu/template.ts";

const expand = (text: string, constants: Record<string, number> = {}) =>
  expandTemplate({ name: "main", source: text }, { part: "fn part() {}", bad: "\n${X}" }, constants)
    .trim();

Deno.test("expandTemplate() evaluates expressions of constants", () => {
  assertEquals(expand("a${N * (2 + 3) / 4}u", { N: 7 }), "a8u");
  assertEquals(expand("${-N % 4} ${!N} ${N - 1 - 1} ${N <= 7 && N > 6}", { N: 7 }), "-3 0 5 1");
});

Deno.test("expandTemplate() repeats lines, nested, with the variable", () => {
  const text = "//# repeat i 0 N\n//# repeat j i 2\nx${i}${j}\n//# end\n//# end";
  assertEquals(expand(text, { N: 2 }), "x00\nx01\nx11");
});

Deno.test("expandTemplate() chooses the branch of an if", () => {
  const text = "//# if A == 1\none\n//# else\nother\n//# end";
  assertEquals(expand(text, { A: 1 }), "one");
  assertEquals(expand(text, { A: 2 }), "other");
});

Deno.test("expandTemplate() includes a file once", () => {
  assertEquals(expand("//# include part\n//# include part\nend"), "fn part() {}\nend");
});

for (
  const [text, message] of [
    ["${X}", 'main.wgsl:1: unknown name "X"'],
    ["${1 +}", "main.wgsl:1: a value is missing"],
    ["${(1}", "main.wgsl:1: a closing parenthesis"],
    ["${1 2}", 'main.wgsl:1: "2" is not understood'],
    ["\n//# repeat i 0 2\nx", 'main.wgsl:2: this directive has no "//# end"'],
    ["//# repeat 2", "main.wgsl:1: expected"],
    ["//# repeat i 0 4 / (2 / 4)\n//# end", "main.wgsl:1: 4 / (2 / 4) has no end"],
    ["//# loop", 'main.wgsl:1: unknown directive "loop"'],
    ["//# end", 'main.wgsl:1: "end" ends no directive'],
    ["//# if 1\n//# else\n//# else\n//# end", "main.wgsl:1: this directive"],
    ["//# include none", 'main.wgsl:1: there is no "none" in kernels/include'],
    ["//# include bad", 'include/bad.wgsl:2: unknown name "X"'],
  ] as const
) {
  Deno.test(`expandTemplate() names file and line when it meets ${JSON.stringify(text)}`, () => {
    assertThrows(() => expand(text), GpuError, message);
  });
}
