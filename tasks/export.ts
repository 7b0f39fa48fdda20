/**
 * Writes a model for other programs: `deno task export RUN --to reference --out model.ckpt`, or
 * `--to huggingface --out FOLDER`.
 *
 * @module
 */

import { dirname } from "node:path";
import { exportHubFolder } from "../lib/checkpoint/models/export_hub.ts";
import { exportTorchFile } from "../lib/checkpoint/models/export_torch.ts";
import { openModel } from "../lib/checkpoint/models/open_model.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand, refuseFlags } from "../lib/cli/flags.ts";
import { runMain } from "../lib/cli/main.ts";
import { noteOnce, TOLD_FLAGS, toldByFlags, WEIGHTS_FLAG } from "../lib/cli/model_flags.ts";
import { model } from "../lib/cli/names.ts";
import { path } from "../lib/cli/paths.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { printResult } from "../lib/cli/stdout.ts";
import { boolean, oneOf } from "../lib/schema/field.ts";
import { missingFolders } from "../lib/system/exists.ts";
import { makeFolder } from "../lib/system/system_error.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { modelCard, validationLossOf } from "./models/model_card.ts";
import { withTransfer } from "./models/transfer_progress.ts";

const FLAGS = {
  checkpoint: model({ doc: "The model: its run, or a checkpoint of it." }),
  ...inGroup("output", {
    to: oneOf(["reference", "huggingface"], {
      doc: "A .ckpt file that torch.load opens and the reference knows, or a folder of the hub.",
    }),
    out: path({ doc: "What is written.", expected: "the path of a file, or of a folder" }),
  }),
  weights: {
    ...WEIGHTS_FLAG,
    doc: "The weights of the folder; of a file, its running average, or none (model).",
  },
  ...inGroup("output", {
    dtype: oneOf(["f32", "f16"], { doc: "The type of the folder's numbers.", fallback: "f32" }),
    overwrite: boolean({ doc: "Replace what is there.", fallback: false }),
  }),
  ...TOLD_FLAGS,
  ...JSON_FLAG,
};

/** Writes a path, in a folder that is made if it is not there, and goes if nothing was written. */
async function inItsFolder(path: string, write: () => Promise<void>): Promise<void> {
  const folder = dirname(path);
  const missing = await missingFolders(folder);
  if (missing.length > 0) await makeFolder(folder);
  try {
    await write();
  } catch (error) {
    for (const each of missing) await Deno.remove(each).catch(() => {});
    throw error;
  }
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Writes a model for PyTorch, or as a folder for the Hugging Face hub.",
  positionals: [{ name: "RUN", flag: "checkpoint" }],
  flags: FLAGS,
});

if (import.meta.main) {
  await runMain(async () => {
    const line = parseCommandLine({ name: taskCommand("export"), ...COMMAND });
    const { checkpoint, to, out, weights, dtype, overwrite } = line.flags;
    if (to === "reference") refuseFlags(line, ["dtype"], "is for --to huggingface");
    const opened = await openModel(checkpoint, {
      ...toldByFlags(line.flags),
      onNote: noteOnce(),
    });
    await inItsFolder(out, () =>
      withTransfer("export", async (transfer) => {
        const options = { weights, out, overwrite, ...transfer };
        if (to === "reference") return await exportTorchFile(opened, options);
        const name = out.replace(/\/+$/, "").replace(/^.*\//, "");
        const loss = await validationLossOf(checkpoint, opened.state.step);
        await exportHubFolder(opened, {
          ...options,
          dtype: dtype === "f16" ? "F16" : "F32",
          card: modelCard(opened, { name, weights, loss }),
        });
      }));
    printResult({ written: out }, () => `Written: ${pathForCaller(out)}`);
  });
}
