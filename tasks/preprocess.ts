/**
 * Makes the token shards that a configuration asks for:
 * `deno task preprocess demo [--workers N] [--verify] [--KEY VALUE]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { formatBytes } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { recipe } from "../lib/cli/names.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { runRanks } from "../lib/cli/rank_main.ts";
import { printResult, tell } from "../lib/cli/stdout.ts";
import { configKeys } from "../lib/config/config.ts";
import { openShards } from "../lib/data/shards/shards.ts";
import { boolean, integer } from "../lib/schema/field.ts";
import { sameCommand, taskCommand } from "../lib/system/task_command.ts";
import { describeShards } from "./shards/describe.ts";
import { DEFAULT_WORKERS, makeShards } from "./shards/make_shards.ts";
import { verifyProgress } from "./shards/verify_progress.ts";

/** The name of the task, of which there are two: one may reach any web server. */
const TASK = Deno.permissions.querySync({ name: "net" }).state === "granted"
  ? "preprocess:web"
  : "preprocess";

/** More would take all memory before the first of them has work. */
const MOST_WORKERS = 64;

/** Compares the shards of a folder with their hashes. @throws {DataError} if one was altered. */
async function verifyShards(dir: string): Promise<void> {
  using shards = await openShards(dir);
  using interrupt = new Interrupt();
  using progress = verifyProgress();
  await shards.verify({ onProgress: progress.onProgress, signal: interrupt.signal });
  progress.finish();
  describeShards(shards.manifest, tell);
  const files = Object.values(shards.manifest.splits).flatMap((split) => split.shards);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  printResult(
    { dir, bytes, shards: files.length },
    () =>
      files.length === 1
        ? `The shard in ${dir} is intact (${formatBytes(bytes)}).`
        : `All ${files.length} shards in ${dir} are intact (${formatBytes(bytes)}).`,
  );
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Turns the corpus of a recipe into token shards, unless they are there already.",
  positionals: [{ name: "RECIPE", flag: "config" }],
  flags: {
    config: recipe({ doc: "Which corpus, and how it is cut up." }),
    ...inGroup("machine", {
      workers: integer({
        doc: "Threads that tokenize; the shards do not depend on it.",
        min: 0,
        max: MOST_WORKERS,
        unit: "threads",
        fallback: DEFAULT_WORKERS,
      }),
    }),
    verify: boolean({
      doc: "Only compare the shards that are there with their hashes.",
      fallback: false,
    }),
    ...JSON_FLAG,
  },
  overrides: configKeys(),
});

if (import.meta.main) {
  await runRanks(async ({ ranks }) => {
    const { flags, overrides } = parseCommandLine({ name: taskCommand(TASK), ...COMMAND });
    const { data } = await loadRecipe(flags.config, overrides);
    if (!flags.verify) await makeShards(data, flags.workers, ranks);
    else if (ranks.rank === 0) await verifyShards(data.dir);
  }, { goOn: sameCommand(TASK, Deno.args) });
}
