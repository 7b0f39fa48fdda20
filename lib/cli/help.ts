/**
 * What `--help` prints.
 *
 * @module
 */

import { kebab } from "../config/key_names.ts";
import { describeJson, type Field } from "../schema/field.ts";
import { isMapping, type KeyInfo } from "../schema/tree.ts";
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
  return titles.flatMap(([group, title]) => {
    const rows = (byGroup.get(group) ?? []).map(rowOfFlag);
    if (group === "output") rows.push(["-h, --help", "Print this text."]);
    return block(title, rows);
  });
}

/** A flag as it is written, `--profile` or `--seed N`, and what it means. */
function rowOfFlag([key, field]: [string, Field<unknown>]): [string, string] {
  const { isSwitch, metavar = "VALUE" } = field;
  return [`--${kebab(key)}${isSwitch ? "" : ` ${metavar}`}`, describeField(field)];
}

/** The configuration keys, by their sections. */
function keyBlocks(keys: readonly KeyInfo[]): string[] {
  const sectionOf = ({ path }: KeyInfo) => path.includes(".") ? path.replace(/\..*$/, "") : "";
  return [...Map.groupBy(keys, sectionOf)].flatMap(([section, own]) =>
    block(
      `Configuration keys${section === "" ? "" : ` of ${section}`}, to be set by --KEY VALUE`,
      own.map(({ path, field }) => [path, describeKey(field)]),
    )
  );
}

/** A key, whatever stands for its value; most have to be there only in a recipe. */
function describeKey(field: Field<unknown>): string {
  const facts = fallbackOf(field).filter((fact) => fact !== "required");
  return `${field.doc} (${[field.expected, ...facts].join("; ")})`;
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
  const { doc, expected, metavar = "", isSwitch } = field;
  // The words that there are stand beside the flag.
  const values = isSwitch || metavar.includes("|") ? [] : [expected];
  const facts = [...values, ...(isSwitch ? [] : fallbackOf(field))];
  return facts.length === 0 ? doc : `${doc} (${facts.join("; ")})`;
}

/** What becomes of a flag or key that is left out; nothing if its text says it. */
function fallbackOf({ fallback }: Field<unknown>): string[] {
  if (fallback === undefined) return ["required"];
  if (fallback === null) return [];
  if (isMapping(fallback)) {
    return [`default ${Object.keys(fallback).length === 0 ? "none" : describeJson(fallback)}`];
  }
  return [`default ${[fallback].flat().join(",") || "none"}`];
}
