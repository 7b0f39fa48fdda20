/**
 * Command lines, taken apart by what the runtime has built in: a program that was loaded by its
 * address has no package for it.
 *
 * @module
 */

import { builtin } from "../system/builtin.ts";

/** A part of a command line. */
export type Argument =
  /** Neither a flag nor the value of one. */
  | { readonly kind: "plain"; readonly text: string }
  /** A flag that takes no value, by its name without dashes. */
  | { readonly kind: "switch"; readonly name: string; readonly isOn: boolean }
  /** Any other flag as it is written, and its value; null if it has none, or an empty one. */
  | { readonly kind: "flag"; readonly written: string; readonly value: string | null };

/**
 * The parts of a command line in their order: `--name value`, `--name=value`, `--name`, and what
 * follows `--`. A value that begins with a dash stands after `=`, unless it is a number.
 *
 * @param switches The names of the flags that take no value, but `true` or `false` at most.
 */
export function* splitArguments(
  argv: readonly string[],
  switches: readonly string[],
): Generator<Argument> {
  const args = joinNumbers(argv, switches);
  const { tokens } = builtin("node:util").parseArgs({
    args,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  let isValue = false;
  for (const [i, token] of tokens.entries()) {
    if (token.kind === "positional") {
      if (!isValue) yield { kind: "plain", text: token.value };
      isValue = false;
    } else if (token.kind === "option") {
      const { name, index } = token;
      const next = tokens[i + 1];
      const following = next?.kind === "positional" && next.value !== "-" ? next.value : "";
      if (switches.includes(name)) {
        isValue = token.value === undefined && ["true", "false"].includes(following);
        yield { kind: "switch", name, isOn: (token.value ?? following) !== "false" };
      } else {
        isValue = token.value === undefined && following !== "";
        yield { kind: "flag", written: args[index]!, value: (token.value ?? following) || null };
      }
    }
  }
}

/** Writes `--name -1` as `--name=-1`: no flag is a number. */
function joinNumbers(argv: readonly string[], switches: readonly string[]): string[] {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const args: string[] = [];
  for (const [i, arg] of argv.entries()) {
    const before = i < end ? /^--([^=]+)$/.exec(argv[i - 1] ?? "")?.[1] : undefined;
    if (/^-\.?\d/.test(arg) && before !== undefined && !switches.includes(before)) {
      args.push(`${args.pop()}=${arg}`);
    } else args.push(arg);
  }
  return args;
}
