/**
 * The command line of a program.
 *
 * @module
 */

import {
  type Command,
  type CommandLine,
  type FlagTable,
  type FlagValues,
  readFlags,
} from "./flags.ts";
import { asksForKeys, helpText } from "./help.ts";
import { QUIET_FLAG } from "./output_flags.ts";
import { callerOverrides } from "./paths.ts";
import { print } from "./stdout.ts";
import { speak } from "./voice.ts";

/**
 * Reads this program's command line, and has the program speak as its flags `quiet` and `json` say.
 * For `--help` prints the help text and exits; for `--help all` that with every configuration key. Paths in it belong to the caller's
 * folder, also those that are configuration keys.
 *
 * @param argv The arguments, those of the program by default.
 * @throws {ConfigError} If the command line does not fit the command.
 */
export function parseCommandLine<F extends FlagTable>(
  command: Command<F>,
  argv: readonly string[] = Deno.args,
): CommandLine<F & typeof QUIET_FLAG> {
  const whole = { ...command, flags: { ...command.flags, ...QUIET_FLAG } };
  const line = readFlags(whole, argv);
  if (line !== null) {
    const { quiet, json } = line.flags as FlagValues<FlagTable>;
    speak({ quiet: quiet === true, json: json === true });
    return { ...line, overrides: callerOverrides(line.overrides, command.overrides ?? []) };
  }
  print(helpText(whole, { keys: asksForKeys(argv) }));
  Deno.exit(0);
}
