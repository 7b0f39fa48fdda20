/**
 * Makes a run of a model that is none: `deno task import SOURCE --name RUN`.
 *
 * @module
 */

import { openModel } from "../lib/checkpoint/models/open_model.ts";
import { importModel } from "../lib/checkpoint/models/import_model.ts";
import { findSource } from "../lib/checkpoint/models/source.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { runMain } from "../lib/cli/main.ts";
import { noteOnce, TOLD_FLAGS, toldByFlags, WEIGHTS_FLAG } from "../lib/cli/model_flags.ts";
import { model, shards } from "../lib/cli/names.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { printResult, tell } from "../lib/cli/stdout.ts";
import { CheckpointError } from "../lib/errors.ts";
import { hashFile } from "../lib/io/hash_file.ts";
import { titleOf } from "../lib/methods/table.ts";
import { text } from "../lib/schema/field.ts";
import { refuseLinksOut } from "../lib/system/links.ts";
import { isRemote } from "../lib/system/location.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { withTransfer } from "./models/transfer_progress.ts";
import { RUNS } from "./runs/run_folders.ts";

/** SHA-256 of a file on this machine; undefined of anything else. */
async function hashOf(source: string): Promise<string | undefined> {
  const { kind, location } = await findSource(source);
  return kind === "file" && !isRemote(location)
    ? await hashFile(location, CheckpointError)
    : undefined;
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Makes a run of a model that is none, such as a checkpoint of the reference.",
  positionals: [{ name: "SOURCE", flag: "source" }],
  flags: {
    source: model({
      doc: "The model: a .ckpt file of the reference, a folder with config.json, or the " +
        "address of either; or hf:OWNER/NAME.",
    }),
    ...inGroup("output", {
      name: text({
        doc: "Name of the run, and of its folder in runs/.",
        expected: "a name of at most 128 letters, digits, dots, dashes and underscores",
        pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
      }),
    }),
    weights: { ...WEIGHTS_FLAG, doc: "The weights that become the run's running average." },
    ...inGroup("input", {
      shards: optional(
        shards({ doc: "Token shards of its data, for what is measured on text." }),
      ),
    }),
    ...TOLD_FLAGS,
    ...JSON_FLAG,
  },
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({ name: taskCommand("import"), ...COMMAND });
    const { source, name, weights, shards: dataDir } = flags;
    const run = `${RUNS}/${name}`;
    await refuseLinksOut(run, RUNS);
    const opened = await openModel(source, {
      ...toldByFlags(flags),
      ...(dataDir !== null && { dataDir }),
      onNote: noteOnce(),
    });
    const sha256 = await hashOf(source);
    const checkpoint = await withTransfer(
      "import",
      (transfer) => importModel(opened, { weights, run, sha256, ...transfer }),
    );
    const { kind } = opened.state;
    printResult(
      { run, kind, checkpoint },
      () => `${titleOf(kind)} in ${pathForCaller(checkpoint)}`,
    );
    tell(`Write with it: ${taskCommand("sample", ["--checkpoint", run])}`);
  });
}
