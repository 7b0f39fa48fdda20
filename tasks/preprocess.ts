/**
 * Makes the token shards that a configuration asks for:
 * `deno task preprocess demo [--workers N] [--verify] [--KEY VALUE]`.
 *
 * @module
 */
import { parseCommandLine } from "../lib/cli/args.ts";
import { formatBytes, formatCount, formatRate } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { recipe } from "../lib/cli/names.ts";
import { Progress } from "../lib/cli/progress.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import { print } from "../lib/cli/stdout.ts";
import { describeWait } from "../lib/cli/waits.ts";
import { configKeys, type DataConfig } from "../lib/config/config.ts";
import { sameCommand, taskCommand } from "../lib/system/task_command.ts";
import { boolean, integer } from "../lib/schema/field.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { MANIFEST_FILE, type ShardManifest } from "../lib/data/shards/manifest.ts";
import { partialFolder } from "../lib/data/preprocess/partial_folder.ts";
import type { PreprocessProgress } from "../lib/data/preprocess/options.ts";
import { preprocess } from "../lib/data/preprocess/preprocess.ts";
import { openShards } from "../lib/data/shards/shards.ts";
import { openCorpus } from "../lib/data/corpora/open_corpus.ts";
import { exists } from "../lib/system/exists.ts";
import { refuseLinksOut } from "../lib/system/links.ts";
import { visibleText } from "../lib/system/visible.ts";
import { tokenizerOf } from "../lib/text/create_tokenizer.ts";
import { countOf, describeShards } from "./shards/describe.ts";
import { VerifyProgress } from "./shards/verify_progress.ts";

/** The name of the task, of which there are two: one may reach any web server. */
const TASK = Deno.permissions.querySync({ name: "net" }).state === "granted"
  ? "preprocess:web"
  : "preprocess";

/** As many as cores, and no more than one thread can read for; each takes some 60 MB. */
const DEFAULT_WORKERS = Math.min(8, navigator.hardwareConcurrency);

/** More would take all memory before the first of them has work. */
const MOST_WORKERS = 64;

/** The folder of all shards, which the task may write. */
const SHARDS = "shards";

/**
 * Makes the shards of a configuration's data, or keeps those that are there, with progress on
 * standard error and a summary on standard output.
 *
 * @param numWorkers Threads that tokenize.
 * @returns What the shards hold.
 * @throws {DataError} if the corpus cannot be read or is too short.
 * @throws {InterruptedError} if Ctrl-C was pressed; the next call goes on.
 */
export async function preprocessData(
  data: DataConfig,
  numWorkers = DEFAULT_WORKERS,
): Promise<ShardManifest> {
  for (const dir of [data.dir, partialFolder(data.dir)]) await refuseLinksOut(dir, SHARDS);
  using interrupt = new Interrupt();
  using progress = new PhaseProgress();
  const corpus = openCorpus(data.source, {
    signal: interrupt.signal,
    onWait: (wait) => progress.log(describeWait(wait)),
  });
  const tokenizer = await tokenizerOf(data);
  const fetched = data.source.kind === "npm" ? " (fetched when first used)" : "";
  print(visibleText(`Corpus ${corpus.name}${fetched}`));

  const hadShards = await exists(`${data.dir}/${MANIFEST_FILE}`);
  const started = performance.now();
  let begun: PreprocessProgress | null = null;
  const { manifest, skipped, resumedAt, faults } = await preprocess(corpus, tokenizer, {
    ...data,
    numWorkers,
    signal: interrupt.signal,
    onProgress(state) {
      if (state.phase === "write") begun ??= state;
      progress.update(state);
    },
  });
  progress.finish();
  const seconds = (performance.now() - started) / 1000;

  if (resumedAt > 0) print(`Went on after ${countOf(resumedAt)} that were done before.`);
  describeShards(manifest);
  for (const fault of faults) print(visibleText(`  left out: ${fault}`));
  const { bytes } = manifest.corpus;
  const rate = (bytes - (resumedAt > 0 ? begun!.bytes : 0)) / seconds;
  print(
    skipped
      ? `Kept the shards in ${data.dir}: they were made from the same inputs.`
      : `Wrote the shards to ${data.dir} at ${formatRate(rate, "byte")}` +
        `${hadShards ? ", in place of those that were there" : ""}.`,
  );
  return manifest;
}

/** A progress bar for each phase. */
class PhaseProgress implements Disposable {
  #phase: PreprocessProgress["phase"] | null = null;
  readonly #verify = new VerifyProgress();
  #bar: Progress | null = null;
  #inBytes = true;

  /** Shows how far the phase is; a new phase ends the bar of the one before. */
  update({ phase, bytes, totalBytes, documents, totalDocuments }: PreprocessProgress): void {
    if (phase === "verify") return this.#verify.update(bytes, totalBytes!);
    if (phase !== this.#phase) {
      this.finish();
      const label = phase === "count" ? "read" : "tokenize";
      this.#inBytes = totalBytes !== null || totalDocuments === null;
      this.#bar = new Progress({
        label,
        ...(this.#inBytes
          ? { total: totalBytes, unit: "byte", format: formatBytes }
          : { total: totalDocuments, unit: "document", format: formatCount }),
      });
      this.#phase = phase;
    }
    if (this.#inBytes) this.#bar?.update(bytes, countOf(documents));
    else this.#bar?.update(documents, formatBytes(bytes));
  }

  /** Prints a line above the bar. */
  log(line: string): void {
    if (this.#bar === null) writeStderr(`${line}\n`);
    else this.#bar.log(line);
  }

  /** Ends the bar. */
  finish(): void {
    this.#bar?.finish();
  }

  /** Ends the bar where it stands. */
  [Symbol.dispose](): void {
    this.#verify[Symbol.dispose]();
    this.#bar?.[Symbol.dispose]();
  }
}

/** Compares the shards of a folder with their hashes. @throws {DataError} if one was altered. */
async function verifyShards(dir: string): Promise<void> {
  using shards = await openShards(dir);
  using interrupt = new Interrupt();
  using progress = new VerifyProgress();
  await shards.verify({ onProgress: progress.update, signal: interrupt.signal });
  describeShards(shards.manifest);
  const files = Object.values(shards.manifest.splits).flatMap((split) => split.shards);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  print(`All ${files.length} shards in ${dir} are intact (${formatBytes(bytes)}).`);
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: taskCommand(TASK),
      doc: "Turns the corpus of a recipe into token shards, unless they are there already.",
      positionals: [{ name: "RECIPE", flag: "config" }],
      flags: {
        config: recipe({ doc: "Which corpus, and how it is cut up." }),
        workers: integer({
          doc: "Threads that tokenize; the shards do not depend on it.",
          min: 0,
          max: MOST_WORKERS,
          fallback: DEFAULT_WORKERS,
        }),
        verify: boolean({
          doc: "Only compare the shards that are there with their hashes.",
          fallback: false,
        }),
      },
      overrides: configKeys(),
    });
    const { data } = await loadRecipe(flags.config, overrides);
    if (flags.verify) await verifyShards(data.dir);
    else await preprocessData(data, flags.workers);
  }, { goOn: sameCommand(TASK, Deno.args) });
}
