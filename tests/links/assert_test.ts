/**
 * The stand-in for `@std/assert`, checked through `node:assert` alone so that
 * it does not vouch for itself.
 *
 * @module
 */

import { deepStrictEqual, doesNotThrow, rejects, strictEqual, throws } from "node:assert";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  AssertionError,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";

/** Checks that `fn` fails as an assertion whose message matches `pattern`. */
function fails(fn: () => unknown, pattern: RegExp = /./): void {
  throws(
    fn,
    (error) => error instanceof AssertionError && pattern.test(error.message),
  );
}

class Point {
  constructor(public x: number, public y: number) {}
}

class Box {
  #value: unknown;
  constructor(value: unknown) {
    this.#value = value;
  }
  get value(): unknown {
    return this.#value;
  }
}

class NamedBox extends Box {
  readonly name = "box";
}

/** Nothing of it can be seen. */
class Sealed {
  #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  reveal(): number {
    return this.#value;
  }
}

/** Two bytes of a buffer that is shared or not. */
function filled<B extends ArrayBuffer | SharedArrayBuffer>(buffer: B, value: number): B {
  new Uint8Array(buffer)[0] = value;
  return buffer;
}

function sparse(...at: number[]): number[] {
  const list: number[] = [];
  for (const i of at) list[i] = i;
  return list;
}

/** `n` objects in a ring, each the next one's. */
function ring(n: number): object {
  const links = Array.from({ length: n }, (): { next?: object } => ({}));
  links.forEach((link, i) => link.next = links[(i + 1) % n]!);
  return links[0]!;
}

Deno.test("assert() throws when the value is falsy", () => {
  doesNotThrow(() => assert("a"));
  throws(() => assert(0, "zero"), /zero/);
});

Deno.test("assertEquals() passes when values are deeply equal", () => {
  const equal: [unknown, unknown][] = [
    [NaN, NaN],
    [0, -0],
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }],
    [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })],
    [new Date(5), new Date(5)],
    [/a/g, /a/g],
    [new URL("http://a/"), new URL("http://a")],
    [new Set([{ a: 1 }, 2]), new Set([2, { a: 1 }])],
    [new Map([["k", [1]]]), new Map([["k", [1]]])],
    [new Float32Array([1, NaN]), new Float32Array([1, NaN])],
    [new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
    [new Point(1, 2), new Point(1, 2)],
    [new Error("a"), new Error("a")],
    [new Error(), new Error()],
    [new Error("a", { cause: [1] }), new Error("a", { cause: [1] })],
    [new DataView(filled(new ArrayBuffer(2), 1)), new DataView(filled(new ArrayBuffer(2), 1))],
    [filled(new SharedArrayBuffer(2), 1), filled(new SharedArrayBuffer(2), 1)],
    [new BigInt64Array([1n]), new BigInt64Array([1n])],
    [new Float16Array([0, NaN]), new Float16Array([-0, NaN])],
    [new Intl.Locale("es"), new Intl.Locale("es")],
    [Temporal.PlainDate.from("2020-01-02"), Temporal.PlainDate.from("2020-01-02")],
    [Temporal.Duration.from("PT1S"), Temporal.Duration.from("PT1S")],
    [new URLPattern("*://*.*"), new URLPattern("*://*.*")],
    [new WeakRef({ a: 1 }), new WeakRef({ a: 1 })],
    [new Box([1]), new Box([1])],
    [new NamedBox(1), new NamedBox(1)],
    [Object(1), Object(1)],
    [Object("a"), Object("a")],
    [Symbol.for("a"), Symbol.for("a")],
    [{ [Symbol.for("a")]: 1 }, { [Symbol.for("a")]: 1 }],
    [[-0, NaN], [0, NaN]],
    [sparse(0, 3), sparse(0, 3)],
    [new Map([[{ k: NaN }, new Set([[1]])]]), new Map([[{ k: NaN }, new Set([[1]])]])],
    [ring(1), ring(2)],
    [ring(2), ring(3)],
  ];
  for (const [a, b] of equal) {
    doesNotThrow(() => assertEquals(a, b));
    fails(() => assertNotEquals(a, b), /not to be/);
  }
});

Deno.test("assertEquals() throws when values differ", () => {
  const different: [unknown, unknown][] = [
    [1, "1"],
    [null, undefined],
    [{ a: undefined }, {}],
    [[1, 2], [1, 2, 3]],
    [[], {}],
    [new Date(5), new Date(6)],
    [/a/g, /a/i],
    [new Set([1, 2]), new Set([1, 3])],
    [new Map([["k", 1]]), new Map([["k", 2]])],
    [new Float32Array([1]), new Float64Array([1])],
    [new Float32Array([1]), new Float32Array([2])],
    [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
    [new Point(1, 2), { x: 1, y: 2 }],
    [new Error("a"), new Error("b")],
    [new Error("a"), new TypeError("a")],
    [new Error("a", { cause: [1] }), new Error("a", { cause: [2] })],
    [new AggregateError([1]), new AggregateError([2])],
    [new DataView(filled(new ArrayBuffer(2), 1)), new DataView(filled(new ArrayBuffer(2), 2))],
    [new DataView(new ArrayBuffer(2)), new DataView(new ArrayBuffer(2), 1)],
    [filled(new SharedArrayBuffer(2), 1), filled(new SharedArrayBuffer(2), 2)],
    [new SharedArrayBuffer(2), new ArrayBuffer(2)],
    [{ stack: 1 }, { stack: 2 }],
    [Object.assign(new Point(1, 2), { stack: 1 }), Object.assign(new Point(1, 2), { stack: 2 })],
    [new BigInt64Array([1n]), new BigInt64Array([2n])],
    [new Intl.Locale("es"), new Intl.Locale("pt")],
    [new Intl.Locale("en-u-va-posix"), new Intl.Locale("en")],
    [Temporal.PlainDate.from("2020-01-02"), Temporal.PlainDate.from("2020-01-03")],
    [Temporal.Instant.from("2020-01-02T00:00Z"), Temporal.Instant.from("2020-01-02T00:01Z")],
    [Temporal.Duration.from("PT1S"), Temporal.Duration.from("PT2S")],
    [new URL("http://a/b"), new URL("http://a/c")],
    [new URLSearchParams("a=1"), new URLSearchParams("a=2")],
    [new URLPattern("*://*.*"), new URLPattern("*://*.com")],
    [new WeakRef({ a: 1 }), new WeakRef({ a: 2 })],
    [new Box([1]), new Box([2])],
    [new NamedBox(1), new NamedBox(2)],
    [new NamedBox(1), new Box(1)],
    [Object(1), Object(2)],
    [Object("a"), Object("b")],
    [Object(true), Object(false)],
    [Symbol("a"), Symbol("a")],
    [{ [Symbol.for("a")]: 1 }, { [Symbol.for("a")]: 2 }],
    [() => 1, () => 1],
    [sparse(3), [undefined, undefined, undefined, 3]],
    [[1], Object.assign([1], { length: 2 })],
    [new Map([[{ k: 1 }, new Set([[1]])]]), new Map([[{ k: 1 }, new Set([[2]])]])],
    [new Set([NaN]), new Set([0])],
    [new Map([["k", undefined]]), new Map([["l", undefined]])],
  ];
  for (const [a, b] of different) {
    fails(() => assertEquals(a, b), /^Values are not equal\./);
    doesNotThrow(() => assertNotEquals(a, b));
  }
});

Deno.test("assertEquals() refuses what it cannot look into", () => {
  const hidden: [unknown, unknown][] = [
    [new WeakMap(), new WeakMap()],
    [new WeakSet(), new WeakSet()],
    [new Blob(["a"]), new Blob(["b"])],
    [new File(["a"], "a"), new File(["a"], "a")],
    [Promise.resolve(1), Promise.resolve(2)],
    [[1].values(), [2].values()],
    [new Intl.PluralRules("es"), new Intl.PluralRules("pt")],
    [new Sealed(1), new Sealed(2)],
  ];
  for (const [a, b] of hidden) {
    for (const check of [assertEquals, assertNotEquals]) {
      throws(() => check({ a }, { a: b }), { name: "TypeError", message: /^Cannot compare / });
    }
    doesNotThrow(() => assertEquals(a, a));
  }
});

Deno.test("assertEquals() names the first difference and the message when given", () => {
  fails(
    () => assertEquals({ a: [0, { b: 1 }] }, { a: [0, { b: 2 }] }, "after step 3"),
    /not equal: after step 3\nFirst difference at: \.a\[1\]\.b\n/,
  );
});

Deno.test("assertEquals() ends when objects contain themselves", () => {
  const make = (last: number): unknown => {
    const list: unknown[] = [last];
    list.unshift(list);
    return list;
  };
  doesNotThrow(() => assertEquals(make(1), make(1)));
  fails(() => assertEquals(make(1), make(2)));
});

Deno.test("assertAlmostEquals() applies the tolerance", () => {
  doesNotThrow(() => assertAlmostEquals(0.1 + 0.2, 0.3));
  doesNotThrow(() => assertAlmostEquals(0.01, 0.02, 0.1));
  doesNotThrow(() => assertAlmostEquals(Infinity, Infinity));
  fails(() => assertAlmostEquals(1, 1 + 1e-6));
  fails(() => assertAlmostEquals(NaN, 1), /close to/);
  fails(() => assertAlmostEquals(1, 2, 0.5, "note"), /note/);
});

Deno.test("assertLessOrEqual() fails at its edge", () => {
  doesNotThrow(() => assertLessOrEqual(1, 1));
  fails(() => assertLessOrEqual(2, 1), /2 <= 1/);
  fails(() => assertLessOrEqual(NaN, 1), /NaN <= 1/);
});

Deno.test("assertStringIncludes() and assertMatch() check text", () => {
  doesNotThrow(() => assertStringIncludes("hello", "ell"));
  fails(() => assertStringIncludes("hello", "x"));
  doesNotThrow(() => assertMatch("hello", /^h/));
  fails(() => assertMatch("hello", /^x/));
});

Deno.test("assertThrows() returns the error when class and message fit", () => {
  const error = assertThrows(() => fail("boom"), AssertionError, "boom");
  strictEqual(error.message, "Failed assertion: boom");
  fails(() => assertThrows(() => 1), /Expected function to throw/);
  fails(
    () => assertThrows(() => fail("boom"), TypeError),
    /instance of "TypeError"/,
  );
  fails(
    () => assertThrows(() => fail("boom"), AssertionError, "bang"),
    /to include "bang"/,
  );
  fails(() => {
    assertThrows(() => {
      throw 1;
    }, Error);
  }, /non-Error object was thrown/);
});

Deno.test("assertRejects() resolves to the error when the promise rejects", async () => {
  const boom = new TypeError("boom");
  deepStrictEqual(
    await assertRejects(() => Promise.reject(boom), TypeError, "boom"),
    boom,
  );
  const failing: [() => Promise<unknown>, RegExp][] = [
    [
      () => assertRejects(() => Promise.resolve(1)),
      /Expected function to reject/,
    ],
    [() => assertRejects(() => fail("sync")), /throws when expected to reject/],
    [
      () => assertRejects(() => Promise.reject(boom), RangeError),
      /instance of "RangeError"/,
    ],
  ];
  for (const [fn, pattern] of failing) {
    await rejects(
      fn,
      (error) => error instanceof AssertionError && pattern.test(error.message),
    );
  }
});

Deno.test("assertEquals() throws when a pair that differs is met twice", () => {
  const a = { n: 1 };
  const b = { n: 2 };
  fails(() => assertEquals(new Set([a, { s: a }]), new Set([{ s: b }, b])));
});
