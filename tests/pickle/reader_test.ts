import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { readPickle } from "../../lib/pickle/reader.ts";
import {
  OrderedDict,
  type PersistentId,
  type PickleGlobal,
  type PickleObject,
  Tuple,
} from "../../lib/pickle/values.ts";
import { bytesOf, pickleOf, textPart } from "../testing/pickles.ts";

const OPTIONS = { name: "the pickle of x", errorClass: DataError };

function read(...parts: readonly (number | string)[]): unknown {
  return readPickle(pickleOf(...parts), OPTIONS);
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
}

/**
 * `[None, True, 5, 300, -7, 2**40, -2**70, 1.5, "ü", b"\0\xff", (), (1,), (1, 2, 3, 4), {"a": [1]},
 * {3}, frozenset({4}), OrderedDict(a=1), range]` as Python 3 pickles it.
 */
const EVERYTHING: Readonly<Record<number, string>> = {
  2: "80025d7100284e884b054d2c014af9ffffff8a060000000000018a090000000000000000c0473ff80000" +
    "000000005802000000c3bc7101635f636f646563730a656e636f64650a7102580300000000c3bf710358" +
    "060000006c6174696e317104867105527106294b01857107284b014b024b034b047471087d7109580100" +
    "000061710a5d710b4b016173635f5f6275696c74696e5f5f0a7365740a710c5d710d4b036185710e5271" +
    "0f635f5f6275696c74696e5f5f0a66726f7a656e7365740a71105d71114b046185711252711363636f6c" +
    "6c656374696f6e730a4f726465726564446963740a711429527115680a4b0173635f5f6275696c74696e" +
    "5f5f0a7872616e67650a7116652e",
  3: "80035d7100284e884b054d2c014af9ffffff8a060000000000018a090000000000000000c0473ff80000" +
    "000000005802000000c3bc7101430200ff7102294b01857103284b014b024b034b047471047d71055801" +
    "0000006171065d71074b016173636275696c74696e730a7365740a71085d71094b036185710a52710b63" +
    "6275696c74696e730a66726f7a656e7365740a710c5d710d4b046185710e52710f63636f6c6c65637469" +
    "6f6e730a4f726465726564446963740a71102952711168064b0173636275696c74696e730a72616e6765" +
    "0a7112652e",
  4: "80049599000000000000005d94284e884b054d2c014af9ffffff8a060000000000018a09000000000000" +
    "0000c0473ff80000000000008c02c3bc94430200ff94294b018594284b014b024b034b0474947d948c01" +
    "61945d944b0161738f94284b0390284b0491948c0b636f6c6c656374696f6e73948c0b4f726465726564" +
    "4469637494939429529468064b01738c086275696c74696e73948c0572616e6765949394652e",
  5: "80059599000000000000005d94284e884b054d2c014af9ffffff8a060000000000018a09000000000000" +
    "0000c0473ff80000000000008c02c3bc94430200ff94294b018594284b014b024b034b0474947d948c01" +
    "61945d944b0161738f94284b0390284b0491948c0b636f6c6c656374696f6e73948c0b4f726465726564" +
    "4469637494939429529468064b01738c086275696c74696e73948c0572616e6765949394652e",
};

Deno.test("readPickle() reads what Python writes, in every protocol", () => {
  const expected = [
    null,
    true,
    5,
    300,
    -7,
    2 ** 40,
    -(2n ** 70n),
    1.5,
    "ü",
    new Uint8Array([0, 255]),
    new Tuple([]),
    new Tuple([1]),
    new Tuple([1, 2, 3, 4]),
    new Map([["a", [1]]]),
    new Set([3]),
    new Set([4]),
    new OrderedDict([["a", 1]]),
    "xrange",
  ];
  for (const protocol of [2, 3, 4, 5]) {
    const found = readPickle(fromHex(EVERYTHING[protocol]!), OPTIONS) as unknown[];
    const last = found.pop() as PickleGlobal;
    // Protocol 2 has the names of Python 2.
    const path = protocol === 2 ? "__builtin__.xrange" : "builtins.range";
    assertEquals(last.path, path);
    assertEquals([...found, "xrange"], expected, `protocol ${protocol}`);
  }
});

Deno.test("readPickle() reads the numbers of every instruction", () => {
  const cases: [(number | string)[], unknown][] = [
    [["K", 200], 200],
    [["M", 0x34, 0x12], 0x1234],
    [["J", 0xfe, 0xff, 0xff, 0xff], -2],
    [[0x8a, 0], 0],
    [[0x8a, 1, 0xff], -1],
    [[0x8a, 2, 0x80, 0], 128],
    [[0x8a, 7, 0, 0, 0, 0, 0, 0, 0x20], 2n ** 53n],
    [[0x8b, 1, 0, 0, 0, 0x80], -128],
    [["G", 0xbf, 0xe0, 0, 0, 0, 0, 0, 0], -0.5],
  ];
  for (const [parts, expected] of cases) assertEquals(read(...parts), expected);
});

Deno.test("readPickle() makes nothing of calls but records of them", () => {
  const made = read(
    ...["cposix\nsystem\n", ...textPart("touch PWNED"), 0x85, "R", "}", ...textPart("a")],
    ...["K", 1, "s", "b", "(", "K", 7, "e", "K", 8, "K", 9, "s"],
  ) as PickleObject;
  assertEquals(made.path, "posix.system");
  assertEquals(made.args, ["touch PWNED"]);
  assertEquals(made.state, new Map([["a", 1]]));
  assertEquals(made.items, [7]);
  assertEquals(made.entries, new Map([[8, 9]]));
  const named = read("ca\nB\n", ")", "}", ...textPart("k"), "K", 1, "s", 0x92) as PickleObject;
  assertEquals([named.path, named.namedArgs], ["a.B", new Map([["k", 1]])]);
  const chained = read("cbuiltins\ngetattr\n", ")", "R", ")", "R") as PickleObject;
  assertEquals(chained.path, "?");
  assertEquals(chained.callable.path, "builtins.getattr");
  const odd = read("c__proto__\nconstructor\n") as PickleGlobal;
  assertEquals([odd.module, odd.name], ["__proto__", "constructor"]);
  assertEquals((read("K", 1, "Q") as PersistentId).id, 1);
});

Deno.test("readPickle() keeps keys such as __proto__ as keys", () => {
  const found = read("}", ...textPart("__proto__"), "}", ...textPart("a"), "K", 1, "s", "s");
  assertEquals(found, new Map([["__proto__", new Map([["a", 1]])]]));
  assertEquals(({} as Record<string, unknown>).a, undefined);
});

Deno.test("readPickle() asks for the values of calls and of persistent ids", () => {
  const value = readPickle(
    pickleOf("(", "K", 5, "Q", "ca\nb\n", "K", 6, 0x85, "R", "ca\nc\n", ")", "R", "l"),
    {
      ...OPTIONS,
      persistent: (id) => `the id ${id}`,
      construct: ({ path }, args) => path === "a.b" ? `made of ${args}` : undefined,
    },
  ) as unknown[];
  assertEquals(value.slice(0, 2), ["the id 5", "made of 6"]);
  assertEquals((value[2] as PickleObject).path, "a.c");
});

Deno.test("readPickle() shares what is shared, and takes what contains itself", () => {
  const shared = read("]", "q", 0, "h", 0, 0x86) as Tuple;
  assertEquals(shared.items[0], []);
  assertEquals(shared.items[0] === shared.items[1], true);
  const cycle = read("]", "q", 0, "h", 0, "a") as unknown[];
  assertEquals(cycle[0] === cycle, true);
});

Deno.test("readPickle() says where a pickle is damaged", () => {
  const cases: [Uint8Array<ArrayBuffer>, string][] = [
    [bytesOf(), "it is no pickle of the protocols 2 to 5"],
    [bytesOf("I1\n."), "it is no pickle of the protocols 2 to 5"],
    [bytesOf(0x80, 1, "N."), "it is no pickle of the protocols 2 to 5"],
    [bytesOf(0x80, 6, "N."), "it is no pickle of the protocols 2 to 5"],
    [bytesOf(0x80, 2, "N"), "1 bytes should follow, but it ends after 0"],
    [pickleOf("N", "N"), "something is left at its end"],
    [pickleOf("(", "N"), "something is left at its end"],
    [bytesOf(0x80, 2, "N..."), "something is left at its end"],
    [pickleOf(), "an instruction needs values that are not there"],
    [pickleOf("N", "0", "0"), "an instruction needs values that are not there"],
    [pickleOf("N", "(", "0", "0", "0"), "an instruction needs values that are not there"],
    [pickleOf("]", "(", 0x85), "an instruction needs values that are not there"],
    [pickleOf("]", "e"), "an instruction needs values that are not there"],
    [pickleOf("h", 3), "it asks for the value 3, which was not kept"],
    [pickleOf("N", "K", 1, "a"), "it puts something into a list that is none"],
    [pickleOf(")", "K", 1, "a"), "it puts something into a list that is none"],
    [pickleOf("]", "K", 1, "K", 1, "s"), "it puts something into a dict that is none"],
    [pickleOf("]", "(", "K", 1, 0x90), "it puts something into a set that is none"],
    [pickleOf("}", "(", "K", 1, "u"), "it has a key without a value"],
    [pickleOf("N", ")", "R"), "it calls what is no class or function"],
    [pickleOf("ca\nb\n", "N", "R"), "it has arguments that are no tuple"],
    [pickleOf("ca\nb\n", ")", "N", 0x92), "it has named arguments that are no dict"],
    [pickleOf("K", 1, "N", "b"), "it gives a state to what has none"],
    [pickleOf("K", 1, "N", 0x93), "it has a name that is no text"],
    [bytesOf(0x80, 2, "cposix"), "it ends within a name"],
    [pickleOf("X", 0xff, 0xff, 0xff, 0xff), "4294967295 bytes should follow"],
    [pickleOf("T", 0xff, 0xff, 0xff, 0xff), "-1 bytes should follow"],
    [pickleOf(0x8e, 0, 0, 0, 0, 0, 0, 0, 0x80), "bytes should follow"],
    [pickleOf(0x8b, 0, 0, 0, 0x40), "it has an integer of 1073741824 bytes"],
    [pickleOf(0x8b, 0xff, 0xff, 0xff, 0xff), "it has an integer of -1 bytes"],
    [pickleOf(0x95, 99, 0, 0, 0, 0, 0, 0, 0, "N"), "it is cut short within a frame"],
    [pickleOf(0x82, 1), "it has the instruction 0x82"],
    [pickleOf(0x97), "it has the instruction 0x97"],
  ];
  for (const [bytes, message] of cases) {
    const error = assertThrows(() => readPickle(bytes, OPTIONS), DataError, message);
    assertEquals(error.message.startsWith("Cannot read the pickle of x: "), true);
  }
});

Deno.test("readPickle() throws when a pickle is beyond its limits", () => {
  const limited = (limits: Record<string, number>, ...parts: readonly (number | string)[]) =>
    readPickle(pickleOf(...parts), { ...OPTIONS, limits });
  const many = (count: number, part: string | number) => new Array(count).fill(part);
  const cases: [() => unknown, string][] = [
    [() => limited({ operations: 5 }, ...many(9, "N")), "more than 5 instructions"],
    [() => limited({ objects: 5 }, ...many(9, "]")), "more than 5 lists, dicts and objects"],
    [() => limited({ memo: 5 }, "N", ...many(9, 0x94)), "keeps more than 5 values"],
    [() => read(")", ...many(1000, 0x85)), "more than 1000 deep in each other"],
    // From the outside to the inside: no list is deep when it is put into another.
    [
      () =>
        limited(
          { nesting: 5 },
          ...["]", 0x94, "(", ...many(9, "]")],
          ...many(8, "a"),
          "e",
        ),
      "more than 5 deep in each other",
    ],
    // A text or list that is copied by each of many calls.
    [
      () =>
        read(
          ...["]", "(", ...many(500, "N"), "e", "q", 0, "0", "cbuiltins\nset\n", "q", 1, "0", "("],
          ...many(50, 0).flatMap(() => ["h", 1, "h", 0, 0x85, "R"]),
          "t",
        ),
      "it copies the same values many times",
    ],
  ];
  for (const [run, message] of cases) assertThrows(run, DataError, message);
  read(")", ...many(998, 0x85));
});

Deno.test("readPickle() takes no longer for what is shared many times over", () => {
  // 2^1000 values, were they written out.
  const doubled = new Array(900).fill(0).flatMap(() => ["2", 0x86]);
  assertEquals((read("]", ...doubled) as Tuple).items.length, 2);
});
