/**
 * Writing of pickles of protocol 2, which every Python 3 reads.
 *
 * @module
 */

import { OP } from "./opcodes.ts";
import { OrderedDict, PersistentId, PickleGlobal, PickleObject, Tuple } from "./values.ts";

/** A number that is a float in Python, also where it is whole. */
export class PickleFloat {
  /** The number. */
  readonly value: number;

  /** Makes a float of a number. */
  constructor(value: number) {
    this.value = value;
  }
}

/**
 * Writes values as a pickle: those that `readPickle` gives but bytes and sets, and plain objects,
 * which become dicts. Whole numbers become int, others float. A PickleObject is a call without
 * named arguments and state. What stands in several places is one object in Python, too.
 *
 * @param replace Gives what is written in the place of an object; undefined to leave it as it is.
 * @throws {TypeError} if there is anything else.
 */
export function writePickle(
  value: unknown,
  replace: (value: object) => unknown = () => undefined,
): Uint8Array<ArrayBuffer> {
  const writer = new PickleWriter(replace);
  writer.write(value);
  return writer.finish();
}

/** Numbers of the instructions with 1, 2 and 4 bytes. */
const MAX_8 = 0xff;
const MAX_16 = 0xffff;

const ORDERED_DICT = new PickleGlobal("collections", "OrderedDict");

class PickleWriter {
  readonly #replace: (value: object) => unknown;
  readonly #output = new Output();
  /** Where objects and names are kept in the reader's memory. */
  readonly #kept = new Map<unknown, number>();
  /** What objects were replaced by, once each. */
  readonly #replaced = new Map<object, unknown>();
  #numKept = 0;

  constructor(replace: (value: object) => unknown) {
    this.#replace = replace;
    this.#output.bytes(OP.PROTO, 2);
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#output.bytes(OP.STOP);
    return this.#output.taken();
  }

  write(value: unknown): void {
    switch (typeof value) {
      case "boolean":
        return this.#output.bytes(value ? OP.NEWTRUE : OP.NEWFALSE);
      case "number":
        return Number.isSafeInteger(value) && !Object.is(value, -0)
          ? this.#integer(value)
          : this.#output.float(value);
      case "bigint":
        return this.#long(value);
      case "string":
        return this.#once(`text ${value}`, () => this.#output.text(value));
      case "object":
        return value === null ? this.#output.bytes(OP.NONE) : this.#object(value);
    }
    throw new TypeError(`A pickle cannot hold a ${typeof value}`);
  }

  #object(value: object): void {
    if (value instanceof PickleFloat) return this.#output.float(value.value);
    if (value instanceof PickleGlobal) {
      return this.#once(`global ${value.path}`, () => this.#output.global(value));
    }
    if (!this.#replaced.has(value)) this.#replaced.set(value, this.#replace(value));
    const instead = this.#replaced.get(value);
    if (instead !== undefined) return this.write(instead);
    if (this.#recall(value)) return;
    if (value instanceof Tuple) return this.#tuple(value);
    if (value instanceof PersistentId) {
      this.write(value.id);
      return this.#output.bytes(OP.BINPERSID);
    }
    if (value instanceof PickleObject) {
      this.#call(value);
      return this.#keep(value);
    }
    // Kept before what is in them, which may be themselves.
    if (Array.isArray(value)) {
      this.#output.bytes(OP.EMPTY_LIST);
      this.#keep(value);
      return this.#many(value, OP.APPENDS);
    }
    if (value instanceof OrderedDict) {
      this.write(ORDERED_DICT);
      this.#output.bytes(OP.EMPTY_TUPLE, OP.REDUCE);
    } else {
      this.#output.bytes(OP.EMPTY_DICT);
    }
    this.#keep(value);
    this.#many(entriesOf(value).flat(), OP.SETITEMS);
  }

  #tuple(tuple: Tuple): void {
    const { items } = tuple;
    if (items.length > 3) this.#output.bytes(OP.MARK);
    for (const item of items) this.write(item);
    this.#output.bytes(
      [OP.EMPTY_TUPLE, OP.TUPLE1, OP.TUPLE2, OP.TUPLE3][items.length] ?? OP.TUPLE,
    );
    this.#keep(tuple);
  }

  #call({ callable, args, namedArgs, state, items, entries }: PickleObject): void {
    if (namedArgs.size > 0 || state !== undefined || items.length > 0 || entries.size > 0) {
      throw new TypeError("A pickle is not written with an object that has more than arguments");
    }
    this.write(callable);
    this.write(new Tuple(args));
    this.#output.bytes(OP.REDUCE);
  }

  #many(values: readonly unknown[], op: number): void {
    if (values.length === 0) return;
    this.#output.bytes(OP.MARK);
    for (const value of values) this.write(value);
    this.#output.bytes(op);
  }

  #integer(value: number): void {
    if (value >= 0 && value <= MAX_8) this.#output.bytes(OP.BININT1, value);
    else if (value >= 0 && value <= MAX_16) {
      this.#output.bytes(OP.BININT2, value & 0xff, value >>> 8);
    } else if (value === (value | 0)) this.#output.int(OP.BININT, value);
    else this.#long(BigInt(value));
  }

  /** Two's complement, little-endian, in as few bytes as hold it with its sign. */
  #long(value: bigint): void {
    let length = 1;
    while (BigInt.asIntN(length * 8, value) !== value) length++;
    if (length > MAX_8) {
      throw new TypeError(`A pickle is not written with an int of ${length} bytes`);
    }
    this.#output.bytes(OP.LONG1, length);
    for (let i = 0; i < length; i++) {
      this.#output.bytes(Number(value >> BigInt(8 * i) & 0xffn));
    }
  }

  /** Writes what is kept by a key, or recalls it. */
  #once(key: unknown, write: () => void): void {
    if (this.#recall(key)) return;
    write();
    this.#keep(key);
  }

  #keep(key: unknown): void {
    const index = this.#numKept++;
    this.#kept.set(key, index);
    if (index <= MAX_8) this.#output.bytes(OP.BINPUT, index);
    else this.#output.int(OP.LONG_BINPUT, index);
  }

  #recall(key: unknown): boolean {
    const index = this.#kept.get(key);
    if (index === undefined) return false;
    if (index <= MAX_8) this.#output.bytes(OP.BINGET, index);
    else this.#output.int(OP.LONG_BINGET, index);
    return true;
  }
}

/** Keys and values of a Map or a plain object. @throws {TypeError} if it is neither. */
function entriesOf(value: object): [unknown, unknown][] {
  if (value instanceof Map) return [...value];
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Object.entries(value);
  throw new TypeError(`A pickle cannot hold a ${value.constructor.name}`);
}

/** Bytes that grow. */
class Output {
  #bytes = new Uint8Array(1 << 12);
  #length = 0;

  bytes(...values: readonly number[]): void {
    this.#raw(values);
  }

  int(op: number, value: number): void {
    const view = new DataView(new ArrayBuffer(5));
    view.setUint8(0, op);
    view.setInt32(1, value, true);
    this.#raw(new Uint8Array(view.buffer));
  }

  float(value: number): void {
    const view = new DataView(new ArrayBuffer(9));
    view.setUint8(0, OP.BINFLOAT);
    view.setFloat64(1, value, false);
    this.#raw(new Uint8Array(view.buffer));
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.int(OP.BINUNICODE, encoded.length);
    this.#raw(encoded);
  }

  global({ module, name }: PickleGlobal): void {
    this.bytes(OP.GLOBAL);
    this.#raw(new TextEncoder().encode(`${module}\n${name}\n`));
  }

  taken(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #raw(values: ArrayLike<number>): void {
    const length = this.#length + values.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(values, this.#length);
    this.#length = length;
  }
}
