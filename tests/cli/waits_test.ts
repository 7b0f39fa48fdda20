/**
 * What is said of a pause.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { tellWaits } from "../../lib/cli/waits.ts";

Deno.test("tellWaits() says what is waited for, for how long and why, which it says once", () => {
  const lines: string[] = [];
  const tell = tellWaits((line) => void lines.push(line));
  const wait = { name: "host/file", attempts: 12, milliseconds: 90_000 };
  const reason = "the server answered HTTP 429 \x1b[31mNo";
  tell({ ...wait, reason, failures: 1 });
  tell({ ...wait, reason, failures: 2 });
  tell({ ...wait, reason: "no answer", failures: 3 });
  tell({ ...wait, name: "host/other", reason: "no answer", failures: 1 });
  assertEquals(lines, [
    "host/file: the server answered HTTP 429 \\x1b[31mNo. Next attempt in 1m 30s (1 of 12 failed).",
    "The same again. Next attempt in 1m 30s (2 of 12 failed).",
    "host/file: no answer. Next attempt in 1m 30s (3 of 12 failed).",
    "host/other: no answer. Next attempt in 1m 30s (1 of 12 failed).",
  ]);
});
