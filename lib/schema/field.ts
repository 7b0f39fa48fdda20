/**
 * The kinds of values that a configuration key or a command-line flag takes:
 * each knows its default, its range in words, how to check a parsed value and
 * how to read one from text.
 *
 * @module
 */

/** One key's (or flag's) kind of value. */
export interface Field<T> {
  /** What the key means, in one line; empty where nobody is shown it. */
  readonly doc: string;
  /** The values it takes, in words: "an integer of at least 1". */
  readonly expected: string;
  /** The value of a key that is left out; a field without one is required. */
  readonly fallback?: T;
  /**
   * What stands for a value where the form of a command line is shown: its unit such as `SECONDS`,
   * the words that there are as `f32|f16`, else its kind such as `PATH`. Capitals stand for
   * something, also among words: `ema|model|ema:DECAY`.
   */
  readonly metavar?: string;
  /** The type of its values in TypeScript, for types that are made of fields. */
  readonly type?: string;
  /** Of a field that takes null, what it is apart from that: elsewhere null may mean otherwise. */
  readonly notNull?: Pick<Field<T>, "doc" | "expected">;
  /** Whether the field is a plain yes or no, which needs no value on a command line. */
  readonly isSwitch: boolean;
  /**
   * Whether its text is a path, which on a command line belongs to the caller's folder; or may be
   * one, and is if there is something.
   */
  readonly isPath?: "always" | "if there";
  /** Gives a parsed value its type, or undefined if it does not fit. */
  check(value: unknown): T | undefined;
  /** Reads the text of a command line into something to {@linkcode check}. */
  fromText(text: string): unknown;
}

/** What every kind of field is made from. */
export interface FieldOptions<T> {
  /** What the key means, in one line; nothing where nobody is shown it. */
  doc?: string;
  /** The value when the key is left out; leave it out to require the key. */
  fallback?: T;
}

/** A range of numbers, and what they count. */
export interface NumberOptions extends FieldOptions<number>, Range {
  /** What a value counts, in the plural: `seconds`. Messages, help texts and docs say it. */
  unit?: string;
}

/** The range of a number; `min` and `max` belong to it, `above` and `below` do not. */
export interface Range {
  /** The least value allowed. */
  min?: number;
  /** The greatest value allowed. */
  max?: number;
  /** Every value must be greater than this. */
  above?: number;
  /** Every value must be less than this. */
  below?: number;
}

/** A whole number in a range. */
export function integer(options: NumberOptions = {}): Field<number> {
  const noun = options.unit === undefined ? "an integer" : `a whole number of ${options.unit}`;
  return numeric(options, noun, Number.isSafeInteger);
}

/** A finite number in a range. */
export function number(options: NumberOptions = {}): Field<number> {
  const noun = options.unit === undefined ? "a number" : `a number of ${options.unit}`;
  return numeric(options, noun, Number.isFinite);
}

/** True or false. */
export function boolean(options: FieldOptions<boolean> = {}): Field<boolean> {
  return {
    ...base(options),
    expected: "true or false",
    metavar: "true|false",
    type: "boolean",
    isSwitch: true,
    check: (value) => typeof value === "boolean" ? value : undefined,
    fromText: (text) => text === "true" ? true : text === "false" ? false : text,
  };
}

/**
 * Text that is not empty; `pattern`, described by `expected`, restricts it further, and `metavar`
 * stands for it on command lines.
 */
export function text(
  options: FieldOptions<string> & { expected?: string; pattern?: RegExp; metavar?: string } = {},
): Field<string> {
  const { expected = "text", pattern = /\S/, metavar = "TEXT" } = options;
  return {
    ...base(options),
    expected,
    metavar,
    type: "string",
    check: (value) => typeof value === "string" && pattern.test(value) ? value : undefined,
    fromText: (text) => text,
  };
}

/** Text of others, which may be empty. */
export function anyText(options: FieldOptions<string> = {}): Field<string> {
  return text({ ...options, pattern: /^/ });
}

/**
 * The name of a file beside the document that names it: never a path, and no longer than names are.
 */
export function fileName(options: FieldOptions<string> = {}): Field<string> {
  return text({
    ...options,
    expected: "the name of a file beside it, of letters, digits, dots and dashes",
    pattern: /^\w[\w.-]{0,254}$/,
  });
}

/** A hash. */
export function sha256(options: FieldOptions<string> = {}): Field<string> {
  return text({
    ...options,
    expected: "a SHA-256 of 64 hexadecimal digits",
    pattern: /^[0-9a-f]{64}$/,
  });
}

/** A path; an address or a name too, where `expected` says so. */
export function path(
  options: FieldOptions<string> & { expected?: string; isPath?: Field<string>["isPath"] } = {},
): Field<string> {
  const { isPath = "always" } = options;
  return { ...text({ expected: "a path", ...options }), metavar: "PATH", isPath };
}

/** One of a few words. */
export function oneOf<const T extends string>(
  words: readonly T[],
  options: FieldOptions<T> = {},
): Field<T> {
  return {
    ...base(options),
    expected: words.map((word) => `"${word}"`).join(" or "),
    metavar: words.join("|"),
    type: words.map((word) => `"${word}"`).join(" | "),
    check: (value) => words.find((word) => word === value),
    fromText: (text) => text,
  };
}

/** A list of at least one value, each of the kind `item`; `1,8,64` on a command line. */
export function list<T>(
  item: Field<T>,
  options: FieldOptions<readonly T[]> = {},
): Field<readonly T[]> {
  return {
    ...base(options),
    expected: `a list, each item ${item.expected}`,
    metavar: `${item.metavar ?? "VALUE"},...`,
    type: `readonly ${/\W/.test(item.type ?? "") ? `(${item.type})` : item.type}[]`,
    check(value) {
      if (!Array.isArray(value) || value.length === 0) return undefined;
      const items = value.map((each) => item.check(each));
      return items.every((each) => each !== undefined) ? items : undefined;
    },
    fromText: (text) =>
      text.replace(/^\[(.*)\]$/, "$1").split(",").map((each) => item.fromText(each.trim())),
  };
}

/** What `item` takes, or a list of such; `1,8,64` on a command line. */
export function oneOrMore<T>(
  item: Field<T>,
  options: FieldOptions<T | readonly T[]> = {},
): Field<T | readonly T[]> {
  const several = list(item);
  return {
    ...base(options),
    expected: `${item.expected}, or a list of such`,
    metavar: several.metavar!,
    type: `${item.type} | ${several.type}`,
    check: (value) => Array.isArray(value) ? several.check(value) : item.check(value),
    fromText: (text) => /[[,]/.test(text) ? several.fromText(text) : item.fromText(text),
  };
}

/** Options of {@linkcode nullable}. */
export interface NullableOptions<T> extends FieldOptions<T | null> {
  /** What null means, after the `doc`: "null for none". Not needed where that is clear. */
  ofNull?: string;
}

/** What `inner` takes, or null (the word `null` on a command line). */
export function nullable<T>(
  inner: Field<T>,
  { ofNull, ...options }: NullableOptions<T> = {},
): Field<T | null> {
  const { doc = "", fallback } = options;
  const { expected } = inner;
  return {
    ...base<T | null>({
      doc: ofNull === undefined ? doc : `${doc.replace(/\.$/, "")}; ${ofNull}.`,
      ...(fallback === undefined ? {} : { fallback }),
    }),
    ...(inner.isPath === undefined ? {} : { isPath: inner.isPath }),
    expected: `${expected}, or null`,
    notNull: { doc, expected },
    ...(inner.metavar === undefined ? {} : { metavar: inner.metavar }),
    type: `${inner.type} | null`,
    check: (value) => value === null ? null : inner.check(value),
    fromText: (text) => text === "null" ? null : inner.fromText(text),
  };
}

/** Text, a number, true, false or null, as it is. */
export function scalar(
  options: FieldOptions<string | number | boolean | null> = {},
): Field<string | number | boolean | null> {
  const isScalar = (value: unknown) =>
    value === null || ["string", "number", "boolean"].includes(typeof value);
  return {
    ...base(options),
    expected: "text, a number, true, false or null",
    type: "string | number | boolean | null",
    check: (value) => isScalar(value) ? value as string | number | boolean | null : undefined,
    fromText: fromJson,
  };
}

/** A value of a command line: what JSON says it is, or else text. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whatever is there, as it is. */
export function anything(options: FieldOptions<unknown> = {}): Field<unknown> {
  return {
    ...base(options),
    expected: "a value",
    check: (value) => value,
    fromText: (text) => text,
  };
}

/** Characters of a value that a message shows. */
const SHOWN_LENGTH = 60;

/** Puts a found value into words for an error message; a long one is cut. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof Date) return "a date (put it in quotes to make it text)";
  const shown = describeJson(value);
  if (Array.isArray(value)) return `the list ${shown}`;
  return typeof value === "object" && value !== null ? `the mapping ${shown}` : shown;
}

/** A found value as JSON, without a word on what it is; a long one is cut. */
export function describeJson(value: unknown): string {
  const isWritten = typeof value === "string" || typeof value === "object";
  const whole = isWritten ? JSON.stringify(excerpt(value, { left: SHOWN_LENGTH })) : String(value);
  return cut(whole, SHOWN_LENGTH);
}

/** A key of a foreign document as a message shows it, in quotes; a long one is cut. */
export function describeKey(key: string): string {
  return JSON.stringify(cut(key, SHOWN_LENGTH));
}

/** Names that a list in a message shows. */
const NAMES_SHOWN = 8;

/** Foreign names in a row; long ones are cut, and so are long lists. */
export function describeNames(names: readonly string[]): string {
  // "And 1 more" would be no shorter than the name.
  const numShown = names.length === NAMES_SHOWN + 1 ? names.length : NAMES_SHOWN;
  const shown = names.slice(0, numShown).map((name) => cut(name, SHOWN_LENGTH));
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}

/**
 * As much of a value as so many characters of JSON can show, of which `room` says how many are
 * left: what is written out may be deep enough to overflow the stack, large enough to take seconds,
 * or a few lists that stand in each other many times.
 */
function excerpt(value: unknown, room: { left: number }): unknown {
  if (typeof value === "string") {
    const shown = value.slice(0, Math.max(0, room.left) + 1);
    room.left -= shown.length;
    return shown;
  }
  room.left--;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      if (room.left < 0) break;
      room.left--;
      items.push(excerpt(item, room));
    }
    return items;
  }
  const entries: [string, unknown][] = [];
  for (const key in value) {
    if (room.left < 0) break;
    const shown = excerpt(key, room) as string;
    entries.push([shown, excerpt((value as Record<string, unknown>)[key], room)]);
  }
  return Object.fromEntries(entries);
}

function base<T>(options: FieldOptions<T>): Pick<Field<T>, "doc" | "fallback" | "isSwitch"> {
  const { doc = "", fallback } = options;
  return { doc, isSwitch: false, ...(fallback === undefined ? {} : { fallback }) };
}

function numeric(
  options: NumberOptions,
  noun: string,
  isKind: (value: number) => boolean,
): Field<number> {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = options;
  return {
    ...base(options),
    expected: noun + rangeInWords(options),
    metavar: options.unit?.toUpperCase() ?? "N",
    type: "number",
    check: (value) =>
      typeof value === "number" && isKind(value) && value >= min && value <= max &&
        (value > above || above === -Infinity) && (value < below || below === Infinity)
        ? value
        : undefined,
    // Number("") is 0, and hexadecimal is no way to write a learning rate.
    fromText: (text) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text,
  };
}

function rangeInWords({ min, max, above, below, unit }: NumberOptions): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  // "a whole number of steps of at least 1" would have an "of" too many.
  const least = unit === undefined ? " of at least" : ", at least";
  const parts = [
    min !== undefined ? `${least} ${min}` : above !== undefined ? ` greater than ${above}` : "",
    max !== undefined ? ` at most ${max}` : below !== undefined ? ` less than ${below}` : "",
  ].filter((part) => part !== "");
  return parts.join(" and");
}
