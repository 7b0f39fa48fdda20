import { assertEquals, assertThrows } from "@std/assert";
import * as path from "node:path";
import { builtin, findBuiltin } from "../../lib/system/builtin.ts";

Deno.test("builtin() gives the runtime's module", () => {
  assertEquals(builtin("node:path").dirname, path.dirname);
});

Deno.test("builtin() throws in a page, where findBuiltin() finds nothing", () => {
  const scope = globalThis as { process?: unknown };
  const { process } = scope;
  // Bundlers leave stubs of it.
  for (const stub of [undefined, {}]) {
    scope.process = stub;
    try {
      assertEquals(findBuiltin("node:crypto"), undefined);
      assertThrows(() => builtin("node:crypto"), TypeError, "no task for a page");
    } finally {
      scope.process = process;
    }
  }
});
