/**
 * Makes a folder that measures a graphics card where there is no network:
 * `deno task gpu-kit [--xz]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { formatBytes } from "../lib/cli/format.ts";
import { runMain } from "../lib/cli/main.ts";
import { print, tell } from "../lib/cli/stdout.ts";
import { boolean } from "../lib/schema/field.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { buildKit, requireKitMachine } from "./gpu_kit/build.ts";
import { packagesFor } from "./gpu_kit/packages.ts";

/** Where the kit is built. */
const FOLDER = "dist/gpu-kit";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: `Makes ${FOLDER}/, a folder that measures a graphics card on a machine with x86-64 Linux ` +
    "and a driver, and without a network.",
  flags: {
    xz: boolean({
      doc: "Pack by xz in place of gzip: smaller by a quarter, and the machine must have xz.",
      fallback: false,
    }),
  },
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({ name: taskCommand("gpu-kit"), ...COMMAND });
    requireKitMachine();
    const packages = await packagesFor();
    const { bytes, numFiles } = await buildKit(FOLDER, packages, flags.xz ? "xz" : "gz");
    print(`${pathForCaller(FOLDER)}: ${numFiles} files, ${formatBytes(bytes)}`);
    tell("Copy it to the machine with the card, and run there: sh gpu-kit/run.sh");
  });
}
