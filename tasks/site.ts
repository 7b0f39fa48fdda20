/**
 * Builds a page that writes texts with a model, for any web server:
 * `deno task site [--model RUN] [--serve]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { formatBytes } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { model } from "../lib/cli/names.ts";
import { print } from "../lib/cli/stdout.ts";
import { ConfigError } from "../lib/errors.ts";
import { SHOWCASE } from "../lib/sampling/showcase.ts";
import { boolean, integer } from "../lib/schema/field.ts";
import { HUB, isUrl } from "../lib/system/location.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { buildSite } from "./site/build.ts";
import { findModel } from "./site/model_files.ts";
import { serveSite } from "./site/serve.ts";

/** Where the site is built. */
const FOLDER = "dist/site";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: `Builds ${FOLDER}/, a page that writes texts with a model, for any web server.`,
  flags: {
    model: optional(model({
      doc: "The model that comes with the page; the one that comes with flm unless given.",
    })),
    serve: boolean({ doc: "Show it on this machine.", fallback: false }),
    port: integer({
      doc: "Where --serve listens; 0 for any free port.",
      min: 0,
      max: 65535,
      fallback: 8000,
    }),
  },
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({ name: taskCommand("site"), ...COMMAND });
    const { serve, port } = flags;
    if (flags.model !== null && (isUrl(flags.model) || flags.model.startsWith(HUB))) {
      throw new ConfigError(
        `--model ${flags.model}: expected a model on this machine. The page itself loads models by ` +
          `address.`,
      );
    }
    const found = await findModel(flags.model ?? SHOWCASE);
    const { bytes, modelBytes } = await buildSite(FOLDER, found);
    const folder = pathForCaller(FOLDER);
    print(`${folder}: ${formatBytes(bytes)}, and ${formatBytes(modelBytes)} of model`);
    if (!serve) return;
    using interrupt = new Interrupt();
    const { address, finished } = serveSite(FOLDER, { port, signal: interrupt.signal });
    print(`${address} shows it, until Ctrl-C.`);
    await finished;
  });
}
