/**
 * The command line of a program.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
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

/** Who asked for help has it: the program has nothing else to do. */
export class HelpShownError extends FlmError {
  /** The exit status. */
  readonly exitCode = 0;

  /** Makes the error. */
  constructor() {
    super("The help text was printed.");
  }
}

/**
 * Reads this program's command line, and has the program speak as its flags `quiet` and `json` say.
 * Paths in it belong to the caller's folder, also those that are configuration keys.
 *
 * @param argv The arguments, those of the program by default.
 * @throws {ConfigError} If the command line does not fit the command.
 * @throws {HelpShownError} for `--help`, when the help text is printed; for `--help all`, that with
 * every configuration key.
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
  throw new HelpShownError();
}
