/**
 * What `--help` prints.
 *
 * @module
 */

import { kebab } from "../config/key_names.ts";
import type { Field } from "../schema/field.ts";
import type { KeyInfo } from "../schema/tree.ts";
import { type Flag, type FlagGroup, GROUPS } from "./flag_group.ts";
import { type Command, type FlagTable, isRepeated, type Positional } from "./flags.ts";

/** What a help text tells. */
export interface HelpOptions {
  /** Whether it lists the configuration keys; else it says where they are. */
  readonly keys?: boolean;
}

/** The text that `--help` prints. */
export function helpText<F extends FlagTable>(
  command: Command<F>,
  { keys = false }: HelpOptions = {},
): string {
  const { positionals = [], overrides = [] } = command;
  const usage = [
    command.name,
    ...positionals.map((each) => usageOf(each, command.flags)),
    "[flags]",
    ...(overrides.length > 0 ? ["[--KEY VALUE]"] : []),
  ].join(" ");
  const values: [string, string][] = positionals.map(({ name, flag }) => [
    name,
    `${describeField(command.flags[flag]!)} Also as --${kebab(flag)} ${name}.`,
  ]);
  const sections = [
    `Usage: ${usage}\n\n${command.doc}`,
    ...block("Arguments", values),
    ...flagBlocks(command),
    ...(keys ? keyBlocks(overrides) : overrides.length > 0 ? [KEYS_HINT] : []),
  ];
  return sections.join("\n\n");
}

/** The flags that are no arguments, by what they are about. */
function flagBlocks<F extends FlagTable>({ flags, positionals = [] }: Command<F>): string[] {
  const bound = new Set<string>(positionals.map(({ flag }) => flag));
  const own = Object.entries<Flag<unknown>>(flags).filter(([key]) => !bound.has(key));
  const byGroup = Map.groupBy(own, ([, { group = "work" }]) => group);
  const titles = Object.entries(GROUPS) as [FlagGroup, string][];
  const blocks = titles.map(([group, title]): [string, [string, string][]] => [
    title,
    (byGroup.get(group) ?? []).map((
      [key, field],
    ) => [usageOfFlag(key, field), describeField(field)]),
  ]);
  // Help itself is what is said.
  blocks.find(([title]) => title === GROUPS.output)![1].push(["-h, --help", "Print this text."]);
  return blocks.flatMap(([title, rows]) => block(title, rows));
}

/** A flag as it is written: `--profile`, `--seed N`. */
export function usageOfFlag(key: string, { isSwitch, metavar = "VALUE" }: Field<unknown>): string {
  return `--${kebab(key)}${isSwitch ? "" : ` ${metavar}`}`;
}

/** The configuration keys, by their sections. */
function keyBlocks(keys: readonly KeyInfo[]): string[] {
  const sectionOf = ({ path }: KeyInfo) => path.includes(".") ? path.replace(/\..*$/, "") : "";
  return [...Map.groupBy(keys, sectionOf)].flatMap(([section, own]) =>
    block(
      `Configuration keys${section === "" ? "" : ` of ${section}`}, to be set by --KEY VALUE`,
      own.map(({ path, field }) => [path, `${field.doc} (${expectedOf(field)})`]),
    )
  );
}

/** Where the configuration keys are told of. */
const KEYS_HINT = `--KEY VALUE sets a key of the configuration, such as --train.num-steps 1000.
docs/configuration.md explains the keys, and --help all lists them.`;

/** Whether a command line asks for help with all configuration keys. */
export function asksForKeys(argv: readonly string[]): boolean {
  return argv.some((arg, i) =>
    arg === "--help=all" || (arg === "all" && /^(--help|-h)$/.test(argv[i - 1] ?? ""))
  );
}

/** An argument in the line of usage: `DIR`, `[DIR]`, `RUN...`, `[RUN]...`. */
function usageOf<F extends FlagTable>({ name, flag }: Positional<F>, flags: F): string {
  const field = flags[flag]!;
  const shown = field.fallback === undefined ? name : `[${name}]`;
  return isRepeated(field) ? `${shown}...` : shown;
}

function block(title: string, rows: [string, string][]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [`${title}:\n${rows.map(([name, doc]) => `  ${name.padEnd(width)}  ${doc}`).join("\n")}`];
}

function describeField(field: Field<unknown>): string {
  if (field.isSwitch) return field.doc;
  const required = field.fallback === undefined ? "; required" : "";
  return `${field.doc} (${expectedOf(field)}${required})`;
}

function expectedOf({ expected, fallback }: Field<unknown>): string {
  return fallback === undefined || fallback === null
    ? expected
    : `${expected}; default ${[fallback].flat().join(",") || "none"}`;
}
