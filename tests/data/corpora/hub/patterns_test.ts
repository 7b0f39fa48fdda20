/**
 * Patterns of paths.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { pathPattern } from "../../../../lib/data/corpora/hub/patterns.ts";

Deno.test("pathPattern() knows paths by patterns", () => {
  const cases: [string, string[], string[]][] = [
    ["", [""], ["a"]],
    ["a.parquet", ["a.parquet"], ["a-parquet", "a.parquet2", "b/a.parquet"]],
    ["*.parquet", ["a.parquet", ".parquet"], ["b/a.parquet"]],
    ["data/*", ["data/a.parquet", "data/"], ["data/b/a.parquet", "data"]],
    ["*/a", ["b/a", "/a"], ["a", "c/b/a"]],
    ["*a*b*", ["ab", "xaxbx", "aab"], ["ba", "a/b"]],
    ["**", ["", "a.parquet", "b/c/a.parquet"], []],
    ["**.parquet", ["a.parquet", "b/a.parquet"], ["a.csv"]],
    ["**/*.parquet", ["a.parquet", "b/c/a.parquet"], ["a.csv"]],
    ["**/a", ["a", "b/a", "c/b/a"], ["ba", "a/b"]],
    ["data/**/x-?.parquet", ["data/x-1.parquet", "data/b/c/x-2.parquet"], ["data/x-10.parquet"]],
    ["data/**/x-?", ["data/x-é"], ["data/x-/", "data/x-", "datax-1"]],
    ["a[0-3].parquet", ["a2.parquet"], ["a4.parquet", "a[0-3].parquet"]],
    ["a[!0-3].parquet", ["a4.parquet"], ["a2.parquet", "a/.parquet"]],
    ["a[^b].parquet", ["a^.parquet", "ab.parquet"], ["ac.parquet"]],
    ["a[3-0].parquet", ["a[3-0].parquet"], ["a2.parquet"]],
    ["a[", ["a["], ["a"]],
    ["a+(b)|{c}$^\\d-/.", ["a+(b)|{c}$^\\d-/."], ["aab"]],
    ["\u{1F600}?", ["\u{1F600}\u{1F600}"], ["\u{1F600}"]],
  ];
  for (const [pattern, matching, others] of cases) {
    for (const path of matching) {
      assertEquals(pathPattern(pattern)(path), true, `${pattern} ${path}`);
    }
    for (const path of others) {
      assertEquals(pathPattern(pattern)(path), false, `${pattern} ${path}`);
    }
  }
});

Deno.test("pathPattern() takes no long time whoever wrote the pattern", () => {
  // As regular expressions these would take longer than anybody lives.
  const path = `${"a/".repeat(100)}b`;
  for (const part of ["**/", "**", "*a*/", "?*"]) {
    assertEquals(pathPattern(`${part.repeat(60)}c`)(path), false);
  }
});
