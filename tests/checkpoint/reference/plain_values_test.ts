/**
 * Configurations in pickles as plain values.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { plainValue } from "../../../lib/checkpoint/reference/plain_values.ts";
import { PickleGlobal, PickleObject, Tuple } from "../../../lib/pickle/values.ts";

/** A node of OmegaConf with these attributes. */
function node(attributes: Record<string, unknown>): PickleObject {
  const made = new PickleObject(new PickleGlobal("omegaconf.nodes", "AnyNode"), []);
  made.state = new Map(Object.entries(attributes));
  return made;
}

Deno.test("plainValue() gives the values of OmegaConf's nodes, and of plain dicts", () => {
  const config = node({
    _metadata: node({}),
    _content: new Map<unknown, unknown>([
      ["algo", node({ _content: new Map([["name", node({ _val: "flm" })]]) })],
      ["sizes", node({ _content: [node({ _val: 1 }), node({ _val: 2.5 })] })],
      ["same", node({ _val: "${algo.name}" })],
      ["nothing", node({ _val: null })],
      [3, node({ _val: "a key that is no name" })],
    ]),
  });
  const expected = {
    algo: { name: "flm" },
    sizes: [1, 2.5],
    same: undefined,
    nothing: null,
  };
  assertEquals(plainValue(config), expected);
  assertEquals(plainValue(new Map<string, unknown>([["a", new Tuple([true, "b"])]])), {
    a: [true, "b"],
  });
});

Deno.test("plainValue() gives nothing for what is no value, or has no end", () => {
  for (const value of [node({}), new PickleGlobal("a", "b"), new Uint8Array(2), 2n]) {
    assertEquals(plainValue(value), undefined);
  }
  const own = new Map<string, unknown>();
  own.set("own", own);
  let value = plainValue(own) as Record<string, unknown> | undefined;
  let depth = 0;
  for (; value !== undefined; depth++) value = value["own"] as typeof value;
  assertEquals(depth, 33);
  // Each has the one before it many times: written out they would have no end either.
  let many: unknown[] = [];
  for (let i = 0; i < 30; i++) many = Array(20).fill(many);
  assertEquals(Array.isArray(plainValue(many)), true);
});
