import { assert, assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { anything, integer, nullable, number, text } from "../../lib/schema/field.ts";
import { parseJson, readJson } from "../../lib/schema/read_json.ts";
import type { Section } from "../../lib/schema/tree.ts";

interface Shard {
  file: string;
  bytes: number;
}

interface Manifest {
  name: string;
  vocab: Record<string, number>;
  shards: Shard[];
  parent?: Shard;
  note: string | null;
  rest: unknown;
}

const SHARD: Section<Shard> = {
  doc: "A file.",
  keys: { file: text({ doc: "Its name." }), bytes: integer({ doc: "Its size.", min: 0 }) },
};

const MANIFEST: Section<Manifest> = {
  doc: "A document.",
  keys: {
    name: text({ doc: "Its name." }),
    vocab: { doc: "Ids by token.", entry: number({ doc: "An id." }) },
    shards: { doc: "Its files.", item: SHARD },
    parent: { doc: "What it was made from.", optional: SHARD },
    note: nullable(text({ doc: "A note." }), { doc: "A note.", fallback: null }),
    rest: anything({ doc: "Anything else." }),
  },
};

const GOOD = {
  name: "mine",
  vocab: { toString: 1, ["__proto__"]: 2 },
  shards: [{ file: "a", bytes: 3 }],
  note: null,
  rest: { deep: [1] },
};

function read(value: unknown): Manifest {
  const source = typeof value === "string" ? value : JSON.stringify(value);
  return readJson(source, MANIFEST, { name: "m.json", error: DataError, advice: "Make it again." });
}

Deno.test("readJson() gives what the section asks for and leaves out the rest", () => {
  const found = read({ ...GOOD, more: 1, parent: null });
  assertEquals(found, GOOD);
  assert(!("parent" in found) && !("more" in found));
  assertEquals(read({ ...GOOD, parent: GOOD.shards[0] }).parent, { file: "a", bytes: 3 });
});

for (
  const [change, message] of [
    [{ name: undefined }, "name is missing: expected text. Make it again."],
    [
      { shards: null },
      "shards: expected a list of mappings with the keys file, bytes, found null.",
    ],
    [
      { shards: [GOOD.shards[0], { file: "b", bytes: -1 }] },
      "shards[1].bytes: expected an integer",
    ],
    [{ shards: [7] }, "shards[0]: expected a mapping of keys, found 7"],
    [{ vocab: { a: { b: 1 } } }, 'vocab["a"]: expected a number, found the mapping {"b":1}'],
    [{ vocab: [1] }, "vocab: expected a mapping, found the list [1]"],
    [{ parent: { file: 1 } }, "parent.file: expected text, found 1 (and 1 more)."],
    [{ rest: undefined }, "rest is missing"],
  ] as const
) {
  Deno.test(`readJson() names the field when it is ${JSON.stringify(change)}`, () => {
    assertThrows(() => read({ ...GOOD, ...change }), DataError, `Cannot read m.json: ${message}`);
  });
}

Deno.test("readJson() says that a text is not JSON, or no mapping", () => {
  assertThrows(() => read('{"name": "mi'), DataError, "Cannot read m.json: it is not JSON (");
  assertThrows(() => read("[]"), DataError, "the document: expected a mapping of keys");
  for (const empty of ["null", "{}"]) assertThrows(() => read(empty), DataError, "name is missing");
});

Deno.test("parseJson() gives no value that is too deep to be copied", () => {
  const nested = (depth: number) => `${'{"a":['.repeat(depth / 2)}${"]}".repeat(depth / 2)}`;
  const document = { name: "m.json", error: DataError };
  structuredClone(parseJson(nested(500), document));
  for (const depth of [502, 100_000]) {
    assertThrows(
      () => parseJson(nested(depth), document),
      DataError,
      "Cannot read m.json: its lists and mappings are nested more than 500 deep",
    );
  }
});

Deno.test("readJson() cuts what it shows, however deep or large", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const wide = JSON.stringify(Array.from({ length: 200_000 }, (_, i) => ({ i })));
  const long = JSON.stringify("x".repeat(1_000_000));
  for (const value of [deep, wide, long]) {
    const source = JSON.stringify({ ...GOOD, vocab: { a: 0 } }).replace(
      '{"a":0}',
      `{"a":${value}}`,
    );
    const { message } = assertThrows(
      () => read(source),
      DataError,
      'vocab["a"]: expected a number',
    );
    assert(message.length < 200, `${message.length} characters`);
  }
  const keys = { ...GOOD, vocab: { ["k".repeat(5000)]: "" } };
  assert(assertThrows(() => read(keys), DataError, "vocab[").message.length < 250);
});
