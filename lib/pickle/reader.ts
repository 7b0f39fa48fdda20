/**
 * Reading pickles of protocols 2 to 5 without executing anything.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { visibleText } from "../system/visible.ts";
import { PickleInput } from "./input.ts";
import { isDeeperThan } from "./nesting.ts";
import { OP } from "./opcodes.ts";
import { OrderedDict, PersistentId, PickleGlobal, PickleObject, Tuple } from "./values.ts";

/** Limits of what a pickle may hold, far above those of checkpoints. */
export interface PickleLimits {
  /** Instructions; 2²⁴ unless given. */
  readonly operations?: number;
  /** Lists, dicts, objects and the like; 2²¹ unless given. */
  readonly objects?: number;
  /** Values that are kept for later; 2²² unless given. */
  readonly memo?: number;
  /** How deep values may lie in each other; 1000 unless given, Python's own limit. */
  readonly nesting?: number;
}

/** Options of {@linkcode readPickle}. */
export interface PickleOptions {
  /** What messages call the pickle, such as "the pickle of model.ckpt". */
  readonly name: string;
  /** The class of errors. */
  readonly errorClass: ErrorClass;
  /** Limits, where others are wanted. */
  readonly limits?: PickleLimits;
  /**
   * Gives the value of a call that the program knows; undefined for all others, which become a
   * {@linkcode PickleObject}. Its own errors pass through.
   */
  readonly construct?: (callable: PickleGlobal, args: readonly unknown[]) => unknown;
  /** Gives the value of a persistent id; a {@linkcode PersistentId} unless given. */
  readonly persistent?: (id: unknown) => unknown;
}

const PROTOCOLS = { first: 2, last: 5 };

/**
 * Reads a pickle as inert values (see `values.ts`). It takes a time that is linear in its bytes.
 *
 * @throws {FlmError} of the class given, if it is damaged, of another protocol or beyond a limit.
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions): unknown {
  return new Machine(bytes, options).run();
}

/** Stands for a list, dict or set that an instruction wanted, in messages. */
type Container = "list" | "dict" | "set";

class Machine {
  readonly #options: PickleOptions;
  readonly #limits: Required<PickleLimits>;
  readonly #input: PickleInput;
  readonly #stack: unknown[] = [];
  /** The height of the stack at each mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #objects = 0;
  /** Items and bytes that calls have copied. */
  #copied = 0;

  constructor(bytes: Uint8Array, options: PickleOptions) {
    this.#options = options;
    this.#limits = {
      operations: 2 ** 24,
      objects: 2 ** 21,
      memo: 2 ** 22,
      nesting: 1000,
      ...options.limits,
    };
    this.#input = new PickleInput(bytes, (reason) => this.#fail(reason));
  }

  run(): unknown {
    const input = this.#input;
    const protocol = input.left >= 2 && input.uint8() === OP.PROTO ? input.uint8() : 0;
    if (protocol < PROTOCOLS.first || protocol > PROTOCOLS.last) {
      throw this.#fail(
        `it is no pickle of the protocols ${PROTOCOLS.first} to ${PROTOCOLS.last}`,
      );
    }
    for (let count = 0;; count++) {
      if (count === this.#limits.operations) {
        throw this.#fail(`it has more than ${count} instructions, which is no checkpoint`);
      }
      const op = input.uint8();
      if (op === OP.STOP) break;
      this.#execute(op);
    }
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#marks.length > 0 || input.left > 0) {
      throw this.#fail("something is left at its end; it is damaged");
    }
    if (isDeeperThan(value, this.#limits.nesting)) {
      throw this.#fail(`its values lie more than ${this.#limits.nesting} deep in each other`);
    }
    return value;
  }

  #execute(op: number): void {
    const input = this.#input;
    switch (op) {
      case OP.MARK:
        this.#marks.push(this.#stack.length);
        return;
      case OP.POP:
        // As in Python, a mark on top goes instead of a value.
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case OP.POP_MARK:
        this.#popToMark();
        return;
      case OP.DUP:
        return this.#push(this.#top());
      case OP.NONE:
        return this.#push(null);
      case OP.NEWTRUE:
        return this.#push(true);
      case OP.NEWFALSE:
        return this.#push(false);
      case OP.BININT:
        return this.#push(input.int32());
      case OP.BININT1:
        return this.#push(input.uint8());
      case OP.BININT2:
        return this.#push(input.uint16());
      case OP.LONG1:
        return this.#push(input.integer(input.uint8()));
      case OP.LONG4:
        return this.#push(input.integer(input.int32()));
      case OP.BINFLOAT:
        return this.#push(input.float64());
      // Of Python 2, where texts were bytes.
      case OP.SHORT_BINSTRING:
      case OP.SHORT_BINUNICODE:
        return this.#push(input.text(input.uint8()));
      case OP.BINSTRING:
        return this.#push(input.text(input.int32()));
      case OP.BINUNICODE:
        return this.#push(input.text(input.uint32()));
      case OP.BINUNICODE8:
        return this.#push(input.text(input.uint64()));
      case OP.SHORT_BINBYTES:
        return this.#pushBytes(input.uint8());
      case OP.BINBYTES:
        return this.#pushBytes(input.uint32());
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        return this.#pushBytes(input.uint64());
      case OP.EMPTY_LIST:
        return this.#pushObject([]);
      case OP.EMPTY_DICT:
        return this.#pushObject(new Map());
      case OP.EMPTY_SET:
        return this.#pushObject(new Set());
      case OP.EMPTY_TUPLE:
        return this.#pushObject(new Tuple([]));
      case OP.TUPLE1:
        return this.#pushObject(new Tuple(this.#popMany(1)));
      case OP.TUPLE2:
        return this.#pushObject(new Tuple(this.#popMany(2)));
      case OP.TUPLE3:
        return this.#pushObject(new Tuple(this.#popMany(3)));
      case OP.TUPLE:
        return this.#pushObject(new Tuple(this.#popToMark()));
      case OP.LIST:
        return this.#pushObject(this.#popToMark());
      case OP.FROZENSET:
        return this.#pushObject(new Set(this.#popToMark()));
      case OP.DICT:
        return this.#pushObject(new Map(this.#pairs(this.#popToMark())));
      case OP.APPEND:
        return this.#append(this.#popMany(1));
      case OP.APPENDS:
        return this.#append(this.#popToMark());
      case OP.SETITEM:
        return this.#setItems(this.#popMany(2));
      case OP.SETITEMS:
        return this.#setItems(this.#popToMark());
      case OP.ADDITEMS:
        return this.#addItems(this.#popToMark());
      case OP.GLOBAL: {
        const module = input.line();
        return this.#pushObject(new PickleGlobal(module, input.line()));
      }
      case OP.STACK_GLOBAL: {
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") {
          throw this.#fail("it has a name that is no text");
        }
        return this.#pushObject(new PickleGlobal(module, name));
      }
      case OP.REDUCE:
      case OP.NEWOBJ: {
        const [callable, args] = this.#popMany(2);
        return this.#call(callable, this.#itemsOf(args));
      }
      case OP.NEWOBJ_EX: {
        const [callable, args, named] = this.#popMany(3);
        if (!(named instanceof Map)) throw this.#fail("it has named arguments that are no dict");
        return this.#call(callable, this.#itemsOf(args), named);
      }
      case OP.OBJ: {
        const [callable, ...args] = this.#popToMark();
        return this.#call(callable, args);
      }
      case OP.BUILD:
        return this.#build(this.#pop());
      case OP.BINPERSID: {
        const id = this.#pop();
        return this.#pushObject(this.#options.persistent?.(id) ?? new PersistentId(id));
      }
      case OP.BINGET:
        return this.#recall(input.uint8());
      case OP.LONG_BINGET:
        return this.#recall(input.uint32());
      case OP.BINPUT:
        return this.#keep(input.uint8());
      case OP.LONG_BINPUT:
        return this.#keep(input.uint32());
      case OP.MEMOIZE:
        return this.#keep(this.#memo.size);
      case OP.FRAME:
        if (input.uint64() > input.left) throw this.#fail("it is cut short within a frame");
        return;
    }
    const code = op.toString(16).padStart(2, "0");
    throw this.#fail(
      `it has the instruction 0x${code}, which is not one of protocols ${PROTOCOLS.first} to ` +
        `${PROTOCOLS.last} that are read; it is damaged`,
    );
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  /** Pushes what takes memory of its own. */
  #pushObject(value: unknown): void {
    if (++this.#objects > this.#limits.objects) {
      throw this.#fail(`it has more than ${this.#limits.objects} lists, dicts and objects`);
    }
    this.#stack.push(value);
  }

  #pushBytes(length: number): void {
    this.#pushObject(this.#input.bytes(length).slice());
  }

  /** The lowest place of the stack that instructions may take: what is below belongs to a mark. */
  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #top(): unknown {
    if (this.#stack.length <= this.#floor()) throw this.#underflow();
    return this.#stack.at(-1);
  }

  #pop(): unknown {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popMany(count: number): unknown[] {
    const start = this.#stack.length - count;
    if (start < this.#floor()) throw this.#underflow();
    return this.#stack.splice(start);
  }

  #popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#underflow();
    return this.#stack.splice(mark);
  }

  #underflow(): Error {
    return this.#fail("an instruction needs values that are not there; it is damaged");
  }

  #keep(index: number): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > this.#limits.memo) {
      throw this.#fail(`it keeps more than ${this.#limits.memo} values`);
    }
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) {
      throw this.#fail(`it asks for the value ${index}, which was not kept; it is damaged`);
    }
    this.#push(this.#memo.get(index));
  }

  #append(items: readonly unknown[]): void {
    const target = this.#top();
    const list = target instanceof PickleObject ? target.items : target;
    if (!Array.isArray(list)) throw this.#noContainer("list");
    // Not all at once: as arguments, many would overflow the stack.
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly unknown[]): void {
    const target = this.#top();
    const map = target instanceof PickleObject ? target.entries : target;
    if (!(map instanceof Map)) throw this.#noContainer("dict");
    for (const [key, value] of this.#pairs(items)) map.set(key, value);
  }

  #addItems(items: readonly unknown[]): void {
    const target = this.#top();
    if (!(target instanceof Set)) throw this.#noContainer("set");
    for (const item of items) target.add(item);
  }

  #noContainer(kind: Container): Error {
    return this.#fail(`it puts something into a ${kind} that is none; it is damaged`);
  }

  *#pairs(items: readonly unknown[]): Iterable<[unknown, unknown]> {
    if (items.length % 2 !== 0) throw this.#fail("it has a key without a value; it is damaged");
    for (let i = 0; i < items.length; i += 2) yield [items[i], items[i + 1]];
  }

  #itemsOf(args: unknown): readonly unknown[] {
    if (args instanceof Tuple) return args.items;
    throw this.#fail("it has arguments that are no tuple; it is damaged");
  }

  #call(callable: unknown, args: readonly unknown[], named?: Map<unknown, unknown>): void {
    if (!(callable instanceof PickleGlobal || callable instanceof PickleObject)) {
      throw this.#fail("it calls what is no class or function; it is damaged");
    }
    let value: unknown;
    if (callable instanceof PickleGlobal && named === undefined) {
      value = this.#options.construct?.(callable, args) ?? this.#known(callable, args);
    }
    this.#pushObject(value ?? new PickleObject(callable, args, named));
  }

  /** The few things of Python's own that are plain values. */
  #known({ path }: PickleGlobal, args: readonly unknown[]): unknown {
    const [first, second] = args;
    const isEmpty = args.length === 0;
    const items = first instanceof Tuple ? first.items : first;
    const isList = args.length === 1 && Array.isArray(items);
    switch (path) {
      case "collections.OrderedDict":
        if (isEmpty) return new OrderedDict();
        return isList && items.every(isPair)
          ? new OrderedDict(this.#mayCopy(items).map((item) => pairOf(item)))
          : undefined;
      case "__builtin__.set":
      case "builtins.set":
      case "__builtin__.frozenset":
      case "builtins.frozenset":
        if (isEmpty) return new Set();
        return isList ? new Set(this.#mayCopy(items)) : undefined;
      case "__builtin__.bytes":
      case "builtins.bytes":
        return isEmpty ? new Uint8Array(0) : undefined;
      // How protocol 2 writes bytes.
      case "_codecs.encode":
        return typeof first === "string" && second === "latin1" && args.length === 2
          ? Uint8Array.from(this.#mayCopy(first), (letter) => letter.charCodeAt(0))
          : undefined;
    }
    return undefined;
  }

  /** Gives what is copied: a pickle may copy no more than it has itself, however often it asks. */
  #mayCopy<T extends string | readonly unknown[]>(source: T): T {
    this.#copied += source.length;
    if (this.#copied > this.#input.at) {
      throw this.#fail("it copies the same values many times, which is no checkpoint");
    }
    return source;
  }

  /** Sets the state of an object; that of others, such as attributes of a dict, is left out. */
  #build(state: unknown): void {
    const target = this.#top();
    if (typeof target !== "object" || target === null) {
      throw this.#fail("it gives a state to what has none; it is damaged");
    }
    if (target instanceof PickleObject) target.state = state;
  }

  #fail(reason: string): Error {
    const { errorClass, name } = this.#options;
    return new errorClass(
      `Cannot read ${name}: ${visibleText(reason)} (byte ${this.#input.at})`,
    );
  }
}

/** How Python gives pairs to a dict: tuples or lists of two. */
function isPair(value: unknown): boolean {
  const items = value instanceof Tuple ? value.items : value;
  return Array.isArray(items) && items.length === 2;
}

function pairOf(value: unknown): [unknown, unknown] {
  return (value instanceof Tuple ? value.items : value) as [unknown, unknown];
}
