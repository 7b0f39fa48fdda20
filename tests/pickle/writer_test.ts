import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { readPickle } from "../../lib/pickle/reader.ts";
import {
  OrderedDict,
  PersistentId,
  PickleGlobal,
  PickleObject,
  Tuple,
} from "../../lib/pickle/values.ts";
import { PickleFloat, writePickle } from "../../lib/pickle/writer.ts";

function passed(value: unknown): unknown {
  return readPickle(writePickle(value), { name: "x", errorClass: DataError });
}

Deno.test("writePickle() writes what readPickle() reads", () => {
  const global = new PickleGlobal("a.b", "c");
  const values = [
    [null, true, false],
    [0, 255, 256, 65_535, 65_536, -1, -(2 ** 31), 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1],
    [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2n ** 100n, -(2n ** 100n), 2n ** 63n],
    [127, 128, -128, -129].map((value) => value * 2 ** 32),
    [0.5, -0, NaN, Infinity, 1e300],
    ["", "text", "ü€𝄞", "\0"],
    [new Tuple([]), new Tuple([1]), new Tuple([1, 2, 3]), new Tuple([1, [2], 3, 4, 5])],
    [new Map<unknown, unknown>([["a", 1], [2, new Map()]]), new OrderedDict([["b", []]])],
    [global, new PickleObject(global, [1, "x"]), new PersistentId(new Tuple(["storage"]))],
    // A text and a name that look alike are not each other.
    ["a.b.c", "global a.b.c", "text a", "a"],
    Array.from({ length: 400 }, (_, i) => [`name ${i}`, `name ${i}`]),
  ];
  for (const value of values) assertEquals(passed(value), value);
  assertEquals(passed(new PickleFloat(1)), 1);
  assertEquals(writePickle(new PickleFloat(1))[2], 0x47);
  assertEquals(
    passed({ a: 1, __proto__: null, b: { c: [] } }),
    passed(
      new Map<string, unknown>([["a", 1], ["b", new Map([["c", []]])]]),
    ),
  );
});

Deno.test("writePickle() shares what is shared, and takes what contains itself", () => {
  const shared = { a: 1 };
  const [first, second] = passed([shared, shared]) as unknown[];
  assertEquals(first === second, true);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const found = passed(cycle) as unknown[];
  assertEquals(found[0] === found, true);
});

Deno.test("writePickle() replaces an object once", () => {
  const date = new Date(0);
  let count = 0;
  const bytes = writePickle([date, date], (value) => {
    if (value !== date) return undefined;
    return new Tuple([++count]);
  });
  const found = readPickle(bytes, { name: "x", errorClass: DataError });
  assertEquals(found, [new Tuple([1]), new Tuple([1])]);
});

Deno.test("writePickle() throws when there is no such value in Python", () => {
  for (const value of [undefined, () => 1, Symbol("a"), new Date(0), 2n ** 4000n]) {
    assertThrows(() => writePickle([value]), TypeError);
  }
  const withState = new PickleObject(new PickleGlobal("a", "b"), []);
  withState.state = 1;
  assertThrows(() => writePickle(withState), TypeError, "more than arguments");
});
