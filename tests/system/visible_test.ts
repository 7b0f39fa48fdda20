import { assertEquals } from "@std/assert";
import { visibleText } from "../../lib/system/visible.ts";

Deno.test("visibleText() escapes what acts on a terminal and keeps everything else", () => {
  assertEquals(
    visibleText("\x1b]0;title\x07 \x9b2J\r\0\x7f"),
    "\\x1b]0;title\\x07 \\x9b2J\\x0d\\x00\\x7f",
  );
  assertEquals(visibleText("abc\u202etxt\u2028"), "abc\\u202etxt\\u2028");
  const plain = "two\nlines\tand schön 語 👍 é";
  assertEquals(visibleText(plain), plain);
});
