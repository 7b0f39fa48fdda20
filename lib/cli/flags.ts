/**
 * Command lines read by a table of flags: the same kinds of values, ranges and
 * messages as configuration keys have.
 *
 * @module
 */

import { kebab } from "../config/key_names.ts";
import { ConfigError } from "../errors.ts";
import { describeValue, type Field } from "../schema/field.ts";
import { nearest } from "../schema/nearest.ts";
import type { KeyInfo } from "../schema/tree.ts";
import type { Flag } from "./flag_group.ts";
import { splitArguments } from "./split_arguments.ts";

/** Flags by their names in camelCase; on a command line `numSamples` is `--num-samples`. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** The values of a table's flags. */
export type FlagValues<F extends FlagTable> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/**
 * An argument that gives a flag its value without the flag's name before it: `train demo` is
 * `train --config demo`. It is read as the flag is, and may be left out as far as that may. That of
 * a repeated flag takes all arguments from its place on.
 */
export interface Positional<F extends FlagTable> {
  /** Its name in the help text, such as `RUN`. */
  readonly name: string;
  /** The flag, in camelCase. */
  readonly flag: keyof F & string;
}

/** What a program takes from its command line. */
export interface Command<F extends FlagTable> {
  /** How it is called, such as `deno task train`. */
  readonly name: string;
  /** What it does. */
  readonly doc: string;
  /** Its flags. */
  readonly flags: F;
  /** Its other arguments, in order; none by default. */
  readonly positionals?: readonly Positional<F>[];
  /** The configuration keys that flags such as `--optim.lr` may set; none by default. */
  readonly overrides?: readonly KeyInfo[];
}

/** A command but for how it is called: its flags keep their types. */
export function defineCommand<F extends FlagTable>(
  command: Omit<Command<F>, "name">,
): Omit<Command<F>, "name"> {
  return command;
}

/** A command line that was read. */
export interface CommandLine<F extends FlagTable> {
  /** The flags' values, defaults included. */
  readonly flags: FlagValues<F>;
  /** The flags that were given, by their names in camelCase. */
  readonly given: ReadonlySet<keyof F & string>;
  /** Text by configuration key, for `applyOverrides`. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** A flag that may be left out and then is null. */
export function optional<T>(field: Field<T>): Field<T | null> {
  return { ...field, fallback: null };
}

/** A flag that may be given several times. */
export interface RepeatedField<T> extends Field<readonly T[]> {
  /** What each value is. */
  readonly each: Field<T>;
}

/** A flag that must be given at least once, and may be several times: its values in order. */
export function repeated<T>(each: Field<T>): RepeatedField<T> {
  return {
    doc: each.doc,
    expected: `${each.expected}, or several`,
    ...(each.metavar === undefined ? {} : { metavar: each.metavar }),
    isSwitch: false,
    each,
    check: (value) => Array.isArray(value) ? value : undefined,
    fromText: (text) => [each.fromText(text)],
  };
}

/**
 * Reads a command line.
 *
 * @returns The values, or null if help is asked for.
 * @throws {ConfigError} Naming the flag that is unknown (with the nearest known
 * one), lacks a value, is required or has a value that does not fit; or the
 * argument that is missing or too many.
 */
export function readFlags<F extends FlagTable>(
  command: Command<F>,
  argv: readonly string[],
): CommandLine<F> | null {
  const names = new Map(Object.keys(command.flags).map((key) => [kebab(key), key]));
  const switches = new Map([...names].filter(([, key]) => command.flags[key]!.isSwitch));
  const values = new Map<string, unknown>();
  const found: string[] = [];
  const overrides: Record<string, string> = {};

  if (asksForHelp(argv)) return null;
  refuseSwitchValues(argv, [...switches.keys()]);
  for (const argument of splitArguments(argv, [...switches.keys()])) {
    if (argument.kind === "plain") found.push(argument.text);
    else if (argument.kind === "switch") {
      const key = switches.get(argument.name)!;
      if (argument.isOn) values.set(key, true);
      else values.delete(key);
    } else {
      const { written, value } = argument;
      const name = written.replace(/^-+/, "").replace(/=.*$/s, "");
      const flag = names.get(kebab(name));
      const isOverride = flag === undefined && isConfigKey(name, command.overrides);
      if (!written.startsWith("--") || (flag === undefined && !isOverride)) {
        throw unknownFlag(written.startsWith("--") ? `--${name}` : written, command);
      }
      if (value === null) throw lacksValue(name);
      if (flag === undefined) overrides[name] = value;
      else values.set(flag, addValue(values.get(flag), `--${name}`, command.flags[flag]!, value));
    }
  }
  takePositionals(found, command, values);
  const given = new Set(values.keys());
  for (const key of switches.values()) values.set(key, given.has(key));
  for (const [key, field] of Object.entries(command.flags)) {
    if (values.has(key)) continue;
    if (field.fallback === undefined) {
      const name = command.positionals?.find(({ flag }) => flag === key)?.name;
      throw new ConfigError(
        name === undefined
          ? `--${kebab(key)} is required: ${field.doc} Expected ${field.expected}.`
          : `${name} is missing: expected ${field.expected}.`,
      );
    }
    values.set(key, field.fallback);
  }
  return { flags: Object.fromEntries(values) as FlagValues<F>, given, overrides };
}

/**
 * Refuses flags that would change nothing.
 *
 * @param reason Why not, as the rest of a sentence.
 * @throws {ConfigError} if one of these was given, naming all that were.
 */
export function refuseFlags<F extends FlagTable>(
  { given }: Pick<CommandLine<F>, "given">,
  keys: readonly (keyof F & string)[],
  reason: string,
): void {
  const idle = keys.filter((key) => given.has(key)).map((key) => `--${kebab(key)}`);
  if (idle.length === 0) return;
  throw new ConfigError(
    `${idle.join(", ")}: ${reason}. Leave ${idle.length === 1 ? "it" : "them"} out.`,
  );
}

/**
 * The value of a flag: the last one given, since short forms of tasks have their defaults before
 * what a person adds; or all if it is repeated.
 */
function addValue(before: unknown, name: string, field: Field<unknown>, text: string): unknown {
  if (!isRepeated(field)) return readValue(name, field, text);
  return [...(before as unknown[] | undefined ?? []), readValue(name, field.each, text)];
}

/** Whether a flag may be given several times. */
export function isRepeated(field: Field<unknown>): field is RepeatedField<unknown> {
  return "each" in field;
}

function readValue(name: string, field: Field<unknown>, text: string): unknown {
  const value = field.check(field.fromText(text));
  if (value !== undefined) return value;
  throw new ConfigError(`${name}: expected ${field.expected}, found ${describeValue(text)}.`);
}

/** The parser takes any value of a switch but "false" for true. */
function refuseSwitchValues(argv: readonly string[], switches: readonly string[]): void {
  for (const arg of argv) {
    if (arg === "--") return;
    const [, name, value] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (switches.includes(name ?? "") && value !== "true" && value !== "false") {
      throw new ConfigError(`--${name} takes no value, found ${describeValue(value)}.`);
    }
  }
}

/** Whatever stands beside it: who asks for help may not know the rest yet. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? undefined : end).some((arg) =>
    /^(--help(=all)?|-h)$/.test(arg)
  );
}

/** Whether a name is that of a configuration key, of a section of keys, or meant for one. */
function isConfigKey(name: string, keys: readonly KeyInfo[] | undefined): boolean {
  const section = `${kebab(name)}.`;
  return keys !== undefined &&
    (name.includes(".") ||
      keys.some(({ path }) => path === name || kebab(path).startsWith(section)));
}

function lacksValue(name: string): ConfigError {
  return new ConfigError(
    `--${name} needs a value: write --${name} VALUE, or --${name}=VALUE if it begins with a dash.`,
  );
}

function unknownFlag<F extends FlagTable>(flag: string, command: Command<F>): ConfigError {
  const flags = ["--help", ...Object.keys(command.flags).map((key) => `--${kebab(key)}`)];
  // A key is often called by its last name alone, as optim.lr is.
  const keys = new Map(
    (command.overrides ?? []).toReversed().map(({ path }) => [path.replace(/^.*\./, ""), path]),
  );
  for (const { path } of command.overrides ?? []) keys.set(path, path);
  const near = nearest(flag, [...flags, ...keys.keys()]);
  const hint = near === null
    ? `${command.name} --help lists them`
    : `did you mean ${flags.includes(near) ? near : `--${kebab(keys.get(near)!)}`}?`;
  return new ConfigError(`${flag}: unknown flag; ${hint}`);
}

/**
 * Gives flags the values that stand without their names.
 *
 * @param values The flags' values, which are added to.
 */
function takePositionals<F extends FlagTable>(
  found: readonly string[],
  { flags, positionals = [] }: Command<F>,
  values: Map<string, unknown>,
): void {
  const rest = [...found];
  for (const { name, flag } of positionals) {
    const field = flags[flag]!;
    const own = rest.splice(0, isRepeated(field) ? rest.length : 1);
    if (own.length > 0 && values.has(flag)) {
      throw new ConfigError(
        `Expected either ${name} or --${kebab(flag)} ${name}, found both, the first being ` +
          `${describeValue(own[0])}.`,
      );
    }
    for (const text of own) values.set(flag, addValue(values.get(flag), name, field, text));
  }
  if (rest.length > 0) throw unexpected(rest[0]!, flags, positionals);
}

function unexpected<F extends FlagTable>(
  argument: string,
  flags: F,
  positionals: readonly Positional<F>[],
): ConfigError {
  const isConfig = positionals.length === 0 && "config" in flags && /\.ya?ml$/.test(argument);
  const hint = isConfig ? ` Did you mean --config ${argument}?` : "";
  const only = positionals.length === 0
    ? "only flags, which begin with --"
    : `only ${positionals.map(({ name }) => name).join(" ")} besides flags`;
  return new ConfigError(
    `Unexpected argument ${describeValue(argument)}: expected ${only}.${hint}`,
  );
}
