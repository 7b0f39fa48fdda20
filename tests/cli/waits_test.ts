/**
 * What is said of a pause.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describeWait } from "../../lib/cli/waits.ts";

Deno.test("describeWait() says what is waited for, why and for how long", () => {
  const wait = { name: "host/file", failures: 1, attempts: 12, milliseconds: 90_000 };
  assertEquals(
    describeWait({ ...wait, reason: "the server answered HTTP 429 \x1b[31mNo" }),
    "host/file: the server answered HTTP 429 \\x1b[31mNo. Next attempt in 1m 30s (1 of 12 failed).",
  );
});
