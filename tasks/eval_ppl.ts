/**
 * Measures how well models know the clean tokens of validation data:
 * `deno task eval-ppl RUN [RUN ...]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { noteOnce, PRECISION_FLAG, toldByFlags } from "../lib/cli/model_flags.ts";
import { shards } from "../lib/cli/names.ts";
import { shownPath } from "../lib/cli/paths.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { runRanks } from "../lib/cli/rank_main.ts";
import { tell } from "../lib/cli/stdout.ts";
import { integer } from "../lib/schema/field.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { type EvalPpl, evalPpl, requireEvalPpl, writeEvalPpl } from "./measuring/eval_ppl.ts";
import { describeEvalPpl } from "./measuring/eval_ppl_table.ts";
import { measuringDoc, MODEL_FLAGS, RUN_ARGUMENTS, SEED } from "./measuring/flags.ts";
import { measureRuns } from "./measuring/measure_runs.ts";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: measuringDoc("eval-ppl"),
  positionals: RUN_ARGUMENTS,
  flags: {
    ...MODEL_FLAGS,
    ...PRECISION_FLAG,
    ...inGroup("input", {
      shards: optional(shards({ doc: "Token shards for a model that is no run." })),
    }),
    numBlocks: integer({
      doc: "Validation blocks to measure: 64 at 64 times take a processor minutes.",
      min: 1,
      unit: "blocks",
      fallback: 64,
    }),
    numTimes: integer({
      doc: "Times in the grid: each takes every block through the model once.",
      min: 1,
      unit: "times",
      fallback: 64,
    }),
    seed: SEED,
    ...inGroup("machine", {
      batchSize: integer({
        doc: "Samples in one pass; changes nothing but the speed.",
        min: 1,
        unit: "samples",
        fallback: 32,
      }),
    }),
    ...JSON_FLAG,
  },
});

if (import.meta.main) {
  await runRanks(async ({ ranks }) => {
    const { flags } = parseCommandLine({ name: taskCommand("eval-ppl"), ...COMMAND });
    const { checkpoint, batchSize, shards: dataDir } = flags;
    const { weights, precision, numBlocks, numTimes, seed } = flags;
    const settings = { weights, precision, numBlocks, numTimes, seed };
    const how = {
      ...toldByFlags(flags),
      ...(dataDir !== null && { dataDir }),
      onNote: noteOnce(),
      ranks,
    };
    await measureRuns(checkpoint, {
      backend: flags.backend,
      open: (run) => requireEvalPpl(run, weights, how),
      async measure(gpu, run, _opened, show: (found: EvalPpl) => void) {
        const found = await evalPpl(gpu, run, settings, batchSize, how);
        show(found);
        if (ranks.rank > 0) return;
        const replaced = await writeEvalPpl(run, found);
        if (replaced.length > 0) {
          tell(
            `${shownPath(run)}: the figures of other settings are replaced: ${replaced.join("; ")}`,
          );
        }
      },
      inWords: { all: describeEvalPpl },
    });
  });
}
