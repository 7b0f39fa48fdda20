import { assertEquals, assertThrows } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { replacePart } from "../../tasks/docs/parts.ts";

const page = "# A\n\n<!-- begin b (made) -->\n\nold\n\n<!-- end b -->\n\nby hand\n";

Deno.test("replacePart() changes what stands between the lines, and nothing else", () => {
  assertEquals(replacePart("a.md", page, "b", "new"), page.replace("old", "new"));
  assertEquals(replacePart("a.md", page, "b", "old"), page);
  const empty = page.replace("\nold\n\n", "");
  assertEquals(replacePart("a.md", empty, "b", "old"), page);
});

Deno.test("replacePart() names the page when the part is missing, open or there twice", () => {
  for (const wrong of ["# A\n", page.replace("end b", "end c"), page + page]) {
    assertThrows(
      () => replacePart("a.md", wrong, "b", "new"),
      FlmError,
      "a.md: expected the lines",
    );
  }
  assertThrows(() => replacePart("a.md", page, "bb", "new"), FlmError, "<!-- begin bb -->");
});
