/**
 * mod.ts as a program: the commands that need nothing but a model.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { nearest } from "../schema/nearest.ts";
import { parseCommandLine } from "./command_line.ts";
import { runMain } from "./main.ts";
import { sample, SAMPLE_DOC, SAMPLE_FLAGS, SAMPLE_POSITIONALS } from "./sample.ts";
import { print } from "./stdout.ts";

/**
 * Runs the command that the first argument names.
 *
 * @param argv The program's arguments.
 * @param address Where the program was loaded from, for its help text.
 */
export async function runProgram(argv: readonly string[], address: string): Promise<void> {
  await runMain(async () => {
    const program = `deno run ${shortName(address)}`;
    const [name, ...rest] = argv;
    switch (name) {
      case "sample":
        return await runSample(`${program} sample`, rest);
      case undefined:
      case "help":
      case "--help":
      case "-h":
        return print(programHelp(program));
      default:
        throw unknownCommand(name, program);
    }
  });
}

async function runSample(name: string, argv: readonly string[]): Promise<void> {
  const { flags } = parseCommandLine(
    { name, doc: SAMPLE_DOC, flags: SAMPLE_FLAGS, positionals: SAMPLE_POSITIONALS },
    argv,
  );
  await sample(flags);
}

function programHelp(program: string): string {
  return `Usage: ${program} COMMAND [flags]

Flow Language Models on WebGPU.

Commands:
  sample  ${SAMPLE_DOC}

${program} COMMAND --help lists a command's flags.`;
}

function unknownCommand(name: string, program: string): ConfigError {
  const near = nearest(name, ["sample", "help"]);
  const hint = near === null ? "" : ` Did you mean ${near}?`;
  return new ConfigError(`Unknown command "${name}".${hint}\n\n${programHelp(program)}`);
}

/** An address as it is, a local file by its name. */
function shortName(address: string): string {
  return address.startsWith("file:") ? address.replace(/^.*\//, "") : address;
}
