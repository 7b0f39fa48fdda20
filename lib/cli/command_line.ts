/**
 * The command line of a program.
 *
 * @module
 */

import { type Command, type CommandLine, type FlagTable, readFlags } from "./flags.ts";
import { asksForKeys, helpText } from "./help.ts";
import { callerOverrides } from "./paths.ts";
import { print } from "./stdout.ts";

/**
 * Reads this program's command line; for `--help` prints the help text and
 * exits; for `--help all` that with every configuration key. Paths in it belong to the caller's
 * folder, also those that are configuration keys.
 *
 * @param argv The arguments, those of the program by default.
 * @throws {ConfigError} If the command line does not fit the command.
 */
export function parseCommandLine<F extends FlagTable>(
  command: Command<F>,
  argv: readonly string[] = Deno.args,
): CommandLine<F> {
  const line = readFlags(command, argv);
  if (line !== null) {
    return { ...line, overrides: callerOverrides(line.overrides, command.overrides ?? []) };
  }
  print(helpText(command, { keys: asksForKeys(argv) }));
  Deno.exit(0);
}
