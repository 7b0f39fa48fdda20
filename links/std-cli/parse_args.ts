/**
 * Stand-in for `@std/cli/parse-args` in a checkout, so that the programs run
 * where JSR is out of reach. It reads command lines as the real one does; its
 * result has the real one's untyped form (an index signature) whatever the
 * options.
 *
 * @module
 */

/** What {@linkcode parseArgs} returns. */
export type Args = {
  // deno-lint-ignore no-explicit-any
  [name: string]: any;
  /** The arguments that belong to no flag. */
  _: Array<string | number>;
  /** The arguments after a double dash, where that was asked for. */
  "--"?: string[];
};

/** How {@linkcode parseArgs} reads a command line. */
export interface ParseOptions {
  /** Put what follows `--` into the result's `--` instead of `_`. */
  "--"?: boolean;
  /** Other names of a flag. */
  alias?: Record<string, string | readonly string[]>;
  /** Flags without a value; `true`: every `--flag` that has no `=`. */
  boolean?: boolean | string | readonly string[];
  /** Values of flags that were not given. */
  default?: Record<string, unknown>;
  /** Put everything after the first positional argument into `_`. */
  stopEarly?: boolean;
  /** Flags (or `_`) whose values stay text, even where they look like numbers. */
  string?: string | readonly string[];
  /** Flags whose values are gathered into an array. */
  collect?: string | readonly string[];
  /** Flags that `--no-FLAG` sets to false. */
  negatable?: string | readonly string[];
  /** Called for each argument the options do not name; false leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Value = string | boolean;

/**
 * Reads a command line in the manner of minimist: `--name value`,
 * `--name=value`, `--name`, `-n value`, clusters such as `-abc`; dotted names
 * nest, so that `--a.b 1` gives `{ a: { b: 1 } }`.
 *
 * @param args The arguments, such as `Deno.args`.
 * @param options Which names are boolean, text, gathered, negatable and so on.
 */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  return new Parser(options).parse(args);
}

class Parser {
  readonly #options: ParseOptions;
  /** Every name of a flag that has aliases, under each of these names. */
  readonly #names = new Map<string, readonly string[]>();
  readonly #boolean: ReadonlySet<string>;
  readonly #string: ReadonlySet<string>;
  readonly #collect: ReadonlySet<string>;
  readonly #negatable: ReadonlySet<string>;
  readonly #result: Args = { _: [] };

  constructor(options: ParseOptions) {
    this.#options = options;
    for (const [key, others] of Object.entries(options.alias ?? {})) {
      const names = [key, ...list(others)];
      for (const name of names) this.#names.set(name, names);
    }
    this.#boolean = this.#withAliases(
      typeof options.boolean === "boolean" ? [] : options.boolean,
    );
    this.#string = this.#withAliases(options.string);
    this.#collect = this.#withAliases(options.collect);
    this.#negatable = this.#withAliases(options.negatable);
  }

  parse(all: string[]): Args {
    const end = all.indexOf("--");
    const args = end === -1 ? all : all.slice(0, end);
    const rest = end === -1 ? [] : all.slice(end + 1);
    const { stopEarly, unknown } = this.#options;

    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (/^--./s.test(arg)) {
        if (this.#long(arg, args[i + 1])) i++;
      } else if (/^-./s.test(arg)) {
        if (this.#short(arg, args[i + 1])) i++;
      } else {
        if (unknown?.(arg) !== false) {
          this.#result._.push(this.#string.has("_") ? arg : toNumber(arg));
        }
        if (stopEarly) {
          this.#result._.push(...args.slice(i + 1));
          break;
        }
      }
    }
    this.#fillDefaults();
    if (this.#options["--"]) this.#result["--"] = rest;
    else this.#result._.push(...rest);
    return this.#result;
  }

  /** Reads `--name...`; true when it took `next` as the value. */
  #long(arg: string, next: string | undefined): boolean {
    const text = arg.slice(2);
    const inline = /^(?<name>.+?)=(?<value>.+)$/s.exec(text)?.groups;
    if (inline) {
      const name = inline.name!.replace(/^no-(?=.)/s, "");
      this.#set(name, this.#inlineValue(name, inline.value!), arg);
      return false;
    }
    const negated = /^no-(?<name>.+)$/s.exec(text)?.groups?.name;
    if (negated !== undefined && this.#negatable.has(negated)) {
      this.#set(negated, false, arg, false);
      return false;
    }
    const bare = this.#boolean.has(text) || this.#options.boolean === true;
    if (next && !bare && !next.startsWith("-")) {
      this.#set(text, next, arg);
      return true;
    }
    return this.#setBare(text, next, arg);
  }

  /** Reads `-abc`; true when the last letter took `next` as its value. */
  #short(arg: string, next: string | undefined): boolean {
    for (let j = 1; j < arg.length - 1; j++) {
      const letter = arg[j]!;
      const after = arg.slice(j + 1);
      if (after === "-") {
        this.#set(letter, "-", arg);
        return false;
      }
      const inline = /[A-Za-z]/.test(letter) && /=(?<value>.+)/.exec(after)?.groups?.value;
      const joined = /[A-Za-z]/.test(letter) && /-?\d+(\.\d*)?(e-?\d+)?$/.test(after);
      if (inline || joined || /^\W./s.test(after)) {
        this.#set(letter, inline || after, arg);
        return false;
      }
      this.#set(letter, this.#string.has(letter) ? "" : true, arg);
    }
    const last = arg.at(-1)!;
    if (next && !/^--?[^-]/.test(next) && !this.#boolean.has(last)) {
      this.#set(last, next, arg);
      return true;
    }
    return this.#setBare(last, next, arg);
  }

  /** Sets a flag without a value; true when `next` spells its boolean. */
  #setBare(name: string, next: string | undefined, arg: string): boolean {
    const spelled = next === "true" || next === "false";
    this.#set(name, spelled ? next === "true" : this.#string.has(name) ? "" : true, arg);
    return spelled;
  }

  #inlineValue(name: string, value: string): Value {
    return this.#boolean.has(name) ? value !== "false" : value;
  }

  #set(name: string, value: Value, arg: string, collect = true): void {
    const known = this.#boolean.has(name) || this.#string.has(name) || this.#names.has(name) ||
      (this.#options.boolean === true && /^--[^=]+$/.test(arg));
    if (!known && this.#options.unknown?.(arg, name, value) === false) return;
    const typed = typeof value === "string" && !this.#string.has(name) ? toNumber(value) : value;
    for (const each of this.#names.get(name) ?? [name]) {
      setNested(this.#result, each, typed, collect && this.#collect.has(name));
    }
  }

  #fillDefaults(): void {
    for (const [key, value] of Object.entries(this.#options.default ?? {})) {
      if (hasNested(this.#result, key)) continue;
      for (const name of this.#names.get(key) ?? [key]) setNested(this.#result, name, value);
    }
    for (const name of this.#boolean) {
      if (hasNested(this.#result, name)) continue;
      setNested(this.#result, name, this.#collect.has(name) ? [] : false);
    }
    for (const name of this.#string) {
      if (!this.#collect.has(name) || hasNested(this.#result, name)) continue;
      setNested(this.#result, name, []);
    }
  }

  #withAliases(names: string | readonly string[] | undefined): Set<string> {
    return new Set(list(names).flatMap((name) => this.#names.get(name) ?? [name]));
  }
}

type Nested = { [name: string]: unknown };

function setNested(object: Nested, path: string, value: unknown, collect = false): void {
  const keys = path.split(".");
  const last = keys.pop()!;
  for (const key of keys) {
    const inner = Object.hasOwn(object, key) ? object[key] : undefined;
    object = typeof inner === "object" && inner !== null ? inner as Nested : put(object, key, {});
  }
  const old = Object.hasOwn(object, last) ? object[last] : undefined;
  if (!collect) put(object, last, value);
  else if (Array.isArray(old)) old.push(value);
  else put(object, last, old === undefined ? [value] : [old, value]);
}

/** Defines a property by any name, `__proto__` included. */
function put<T>(object: Nested, key: string, value: T): T {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return value;
}

function hasNested(object: unknown, path: string): boolean {
  for (const key of path.split(".")) {
    if (typeof object !== "object" || object === null || !Object.hasOwn(object, key)) return false;
    object = (object as Nested)[key];
  }
  return true;
}

/** The number that a text spells, or the text. */
function toNumber(text: string): string | number {
  return /\S/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function list(names: string | readonly string[] | undefined): readonly string[] {
  return typeof names === "string" ? [names] : names ?? [];
}
