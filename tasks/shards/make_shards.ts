/**
 * The making of token shards, with what people see of it.
 *
 * @module
 */

import { formatBytes } from "../../lib/cli/format.ts";
import { Interrupt } from "../../lib/cli/interrupt.ts";
import { Progress } from "../../lib/cli/progress.ts";
import { writeStderr } from "../../lib/cli/stderr.ts";
import { printResult, tell } from "../../lib/cli/stdout.ts";
import { tellWaits } from "../../lib/cli/waits.ts";
import type { DataConfig } from "../../lib/config/config.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import type { PreprocessProgress } from "../../lib/data/preprocess/options.ts";
import { partialFolder } from "../../lib/data/preprocess/partial_folder.ts";
import { preprocess } from "../../lib/data/preprocess/preprocess.ts";
import { MANIFEST_FILE, type ShardManifest } from "../../lib/data/shards/manifest.ts";
import { type Communicator, ONE_PROCESS } from "../../lib/system/communicator.ts";
import { exists } from "../../lib/system/exists.ts";
import { refuseLinksOut } from "../../lib/system/links.ts";
import { visibleText } from "../../lib/system/visible.ts";
import { tokenizerToMakeShards } from "../../lib/text/create_tokenizer.ts";
import { countOf, describeShards } from "./describe.ts";
import { verifyProgress } from "./verify_progress.ts";

/** As many as cores, and no more than one thread can read for; each takes some 60 MB. */
export const DEFAULT_WORKERS = Math.min(8, navigator.hardwareConcurrency);

/** The folder of all shards, which the task may write. */
const SHARDS = "shards";

/**
 * Makes the shards of a configuration's data, or keeps those that are there, with progress on
 * standard error and a summary on standard output.
 *
 * @param numWorkers Threads that tokenize.
 * @param ranks The processes that tokenize together, of which rank 0 writes and speaks.
 * @returns What the shards hold.
 * @throws {DataError} if the corpus cannot be read or is too short.
 * @throws {InterruptedError} if Ctrl-C was pressed; the next call goes on.
 */
export async function makeShards(
  data: DataConfig,
  numWorkers = DEFAULT_WORKERS,
  ranks: Communicator = ONE_PROCESS,
): Promise<ShardManifest> {
  for (const dir of [data.dir, partialFolder(data.dir)]) await refuseLinksOut(dir, SHARDS);
  using interrupt = new Interrupt();
  using progress = new PhaseProgress();
  const corpus = openCorpus(data.source, {
    // The others read on until they have told rank 0 that they were stopped.
    ...(ranks.rank === 0 && { signal: interrupt.signal }),
    onWait: tellWaits((line) => progress.log(line)),
  });
  const tokenizer = await tokenizerToMakeShards(data);
  const fetched = data.source.kind === "npm" ? " (fetched when first used)" : "";
  tell(visibleText(`Corpus ${corpus.name}${fetched}`));

  const hadShards = await exists(`${data.dir}/${MANIFEST_FILE}`);
  const { manifest, skipped, resumedAt, faults } = await preprocess(corpus, tokenizer, {
    ...data,
    numWorkers,
    ranks,
    signal: interrupt.signal,
    onProgress: (state) => progress.update(state),
  });
  progress.finish();
  if (ranks.rank > 0) return manifest;

  if (resumedAt > 0) tell(`Went on after ${countOf(resumedAt)} that were done before.`);
  describeShards(manifest, tell);
  for (const fault of faults) tell(visibleText(`  left out: ${fault}`));
  printResult(
    { dir: data.dir, kept: skipped, resumedAt, faults, manifest },
    () =>
      skipped
        ? `Kept the shards in ${data.dir}: they were made from the same inputs.`
        : `Wrote the shards to ${data.dir}` +
          `${hadShards ? ", in place of those that were there" : ""}.`,
  );
  return manifest;
}

/** A progress bar for each phase. */
class PhaseProgress implements Disposable {
  #phase: PreprocessProgress["phase"] | null = null;
  #bar: Progress | null = null;
  #inBytes = true;

  /** Shows how far the phase is; a new phase ends the bar of the one before. */
  update({ phase, bytes, totalBytes, documents, totalDocuments }: PreprocessProgress): void {
    if (phase !== this.#phase) {
      this.finish();
      this.#inBytes = totalBytes !== null || totalDocuments === null;
      this.#bar = phase === "verify" ? verifyProgress() : new Progress({
        label: { learn: "learn tokens", count: "read", write: "tokenize" }[phase],
        ...(this.#inBytes
          ? { total: totalBytes, unit: "byte" }
          : { total: totalDocuments, unit: "document" }),
      });
      this.#phase = phase;
    }
    if (phase === "verify") return this.#bar?.onProgress(bytes, totalBytes);
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
    this.#bar?.[Symbol.dispose]();
  }
}
