import { assertEquals } from "@std/assert";
import { memorySize } from "../../lib/cli/memory_size.ts";

Deno.test("memorySize() reads decimal and binary units, and refuses all others", () => {
  const field = memorySize({ doc: "Memory." });
  const read = (text: string) => field.check(field.fromText(text));
  const cases: [string, number | undefined][] = [
    ["80GB", 80e9],
    ["80gb", 80e9],
    ["24G", 24e9],
    ["80 GiB", 80 * 2 ** 30],
    ["1.5TiB", 1.5 * 2 ** 40],
    ["2T", 2e12],
    ["0.5k", 500],
    ["512MiB", 2 ** 29],
    ["2147483647", 2 ** 31 - 1],
    ["16b", 16],
    ["1000000", 1e6],
    ["999999", undefined],
    ["80", undefined],
    ["80 ", undefined],
    ["0GB", undefined],
    ["-80GB", undefined],
    ["80Gb/s", undefined],
    ["80 gigs", undefined],
    ["GB", undefined],
    ["1e3GB", undefined],
    ["99999999TB", undefined],
    ["constructor", undefined],
    ["1constructor", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of cases) assertEquals(read(text), expected, text);
});
