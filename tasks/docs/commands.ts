/**
 * What tasks take from their command lines, for the completion of shells.
 *
 * @module
 */

import { kebab } from "../../lib/config/key_names.ts";
import { configKeys } from "../../lib/config/config.ts";
import type { FlagTable } from "../../lib/cli/flags.ts";
import { QUIET_FLAG } from "../../lib/cli/output_flags.ts";
import type { Field } from "../../lib/schema/field.ts";
import type { KeyInfo } from "../../lib/schema/tree.ts";
import type { Tasks } from "./tasks.ts";

/** What a program takes: a `Command` of whatever flags. */
export interface TakenByProgram {
  /** Its flags. */
  readonly flags: FlagTable;
  /** Its arguments. */
  readonly positionals?: readonly { readonly name: string; readonly flag: string }[];
  /** The configuration keys that it takes as flags. */
  readonly overrides?: readonly KeyInfo[];
}

/** What programs take, by their files, such as `tasks/train.ts`. */
export type Commands = ReadonlyMap<string, TakenByProgram>;

/** The commands of all tasks that are programs in tasks/ or bench/ and export one as `COMMAND`. */
export async function commandsOf({ tasks }: Tasks): Promise<Commands> {
  const files = Object.values(tasks)
    .flatMap(({ command }) => command.match(/\b(?:tasks|bench)\/\w+\.ts/g) ?? []);
  const commands = new Map<string, TakenByProgram>();
  for (const file of new Set(files)) {
    // Others are parts of commands, or take next to nothing.
    if (!/^export const COMMAND\b/m.test(await Deno.readTextFile(root(file)))) continue;
    const { COMMAND } = await import(root(file).href);
    commands.set(file, COMMAND);
  }
  return commands;
}

/**
 * A line for each argument and flag, with tabs between: the program, the argument or flag, what
 * stands for its value (nothing of a switch; of an argument the flag that says the same), and its
 * meaning. `KEYS` as a flag says that configuration keys are flags, too, which are listed once, as
 * those of the program `KEYS`.
 */
export function flagLines(commands: Commands): string {
  const lines = [...commands].flatMap(([program, { flags, positionals = [], overrides = [] }]) => {
    const bound = new Set<string>(positionals.map(({ flag }) => flag));
    return [
      ...positionals.map(({ name, flag }) => [
        ...[program, name, `--${kebab(flag)}`, flags[flag]!.doc],
      ]),
      ...Object.entries({ ...flags, ...QUIET_FLAG })
        .filter(([key]) => !bound.has(key))
        .map(([key, field]) => [
          ...[program, `--${kebab(key)}`, field.isSwitch ? "" : valueOf(field), field.doc],
        ]),
      ...overrides.length > 0 ? [[program, "KEYS", "", ""]] : [],
    ];
  });
  const keys = configKeys()
    .map(({ path, field }) => ["KEYS", `--${kebab(path)}`, valueOf(field), field.doc]);
  const inOneLine = (cell: string) => cell.replaceAll(/\s+/g, " ");
  return [[HEAD], ...lines, ...keys]
    .map((line) => `${line.map(inOneLine).join("\t").trimEnd()}\n`)
    .join("");
}

const HEAD =
  "# Written by deno task docs: program, argument or flag, its value (of an argument: the " +
  "flag that says the same), what it means.";

/** What stands for a field's value. */
function valueOf({ metavar = "VALUE" }: Field<unknown>): string {
  return metavar;
}

function root(file: string): URL {
  return new URL(`../../${file}`, import.meta.url);
}
