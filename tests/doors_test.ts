/**
 * The doors: what they export is explained, and whoever can call a function can make its arguments.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { DOORS } from "./testing/doors.ts";
import { deno } from "./testing/program.ts";

Deno.test("every symbol of a door has a doc comment, and every type that it names is behind a door", async () => {
  const { code, stdout, stderr } = await deno(["doc", "--lint", ...DOORS.values()]);
  assertEquals([code, (stdout + stderr).match(/^error.*/gm) ?? []], [0, []]);
});

/** The part of the answer of `deno doc --json` that matters here. */
interface Documentation {
  readonly nodes: Readonly<
    Record<string, {
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly {
          readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
        }[];
      }[];
    }>
  >;
}

Deno.test("the small door is small, and every symbol of it has an example", async () => {
  const { code, stdout, stderr } = await deno(["doc", "--json", DOORS.get(".")!]);
  assertEquals(code, 0, stderr);
  const { nodes }: Documentation = JSON.parse(stdout);
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  assert(symbols.length > 30 && symbols.length <= 45, `${symbols.length} symbols`);
  const without = symbols.filter(({ declarations }) =>
    !declarations.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example"))
  );
  assertEquals(without.map(({ name }) => name), []);
});
