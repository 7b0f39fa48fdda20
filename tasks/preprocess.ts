/**
 * Makes the token shards that a configuration asks for:
 * `deno task preprocess --config data/demo.yaml [--KEY VALUE]`.
 *
 * @module
 */
import { parseCommandLine } from "../lib/cli/args.ts";
import { formatBytes, formatCount, formatNumber } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { path } from "../lib/cli/paths.ts";
import { Progress } from "../lib/cli/progress.ts";
import { configKeys, type DataConfig } from "../lib/config.ts";
import { loadConfig } from "../lib/config_file.ts";
import type { ShardManifest } from "../lib/data/manifest.ts";
import { preprocess, type PreprocessProgress } from "../lib/data/preprocess.ts";
import { openCorpus } from "../lib/data/sources.ts";
import { createTokenizer } from "../lib/text/tokenizer.ts";

/**
 * Makes the shards of a configuration's data, or keeps those that are there,
 * with progress on standard error and a summary on standard output.
 *
 * @returns What the shards hold.
 * @throws {DataError} if the corpus cannot be read or is too short.
 * @throws {InterruptedError} if Ctrl-C was pressed; nothing is left behind then.
 */
export async function preprocessData(data: DataConfig): Promise<ShardManifest> {
  const corpus = openCorpus(data.source);
  const tokenizer = await createTokenizer(data.tokenizer, { file: data.tokenizerFile });
  const fetched = data.source.kind === "npm" ? " (fetched when first used)" : "";
  console.log(`Corpus ${corpus.name}${fetched}`);

  using interrupt = new Interrupt();
  using progress = new PhaseProgress();
  const started = performance.now();
  const { manifest, skipped } = await preprocess(corpus, tokenizer, {
    ...data,
    onProgress(state) {
      interrupt.signal.throwIfAborted();
      progress.update(state);
    },
  });
  progress.finish();
  const seconds = (performance.now() - started) / 1000;

  const { corpus: { documents, bytes, tokens, unigramEntropy }, splits } = manifest;
  for (const name of ["train", "validation"] as const) {
    const { documents, blocks } = splits[name];
    console.log(
      `  ${name}: ${countOf(documents)}, ` +
        `${formatCount(blocks)} blocks of ${manifest.length} tokens`,
    );
  }
  console.log(
    `  in all: ${countOf(documents)}, ${formatBytes(bytes)}, ` +
      `${formatCount(tokens)} tokens of ${tokenizer.name}`,
  );
  console.log(`  unigram entropy: ${formatNumber(unigramEntropy)} nats/token`);
  console.log(
    skipped
      ? `Kept the shards in ${data.dir}: they were made from the same inputs.`
      : `Wrote the shards to ${data.dir} at ${formatBytes(bytes / seconds)}/s.`,
  );
  return manifest;
}

function countOf(documents: number): string {
  return `${formatCount(documents)} document${documents === 1 ? "" : "s"}`;
}

/** A progress bar for each phase. */
class PhaseProgress implements Disposable {
  #phase: PreprocessProgress["phase"] | null = null;
  #bar: Progress | null = null;

  /** Shows how far the phase is; a new phase ends the bar of the one before. */
  update({ phase, bytes, totalBytes, documents }: PreprocessProgress): void {
    if (phase !== this.#phase) {
      this.finish();
      const label = phase === "count" ? "read" : "tokenize";
      this.#bar = new Progress({ label, total: totalBytes, unit: "byte", format: formatBytes });
      this.#phase = phase;
    }
    this.#bar?.update(bytes, countOf(documents));
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

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({
      name: "deno task preprocess",
      doc: "Turns the corpus of a configuration into token shards, unless they are there already.",
      flags: { config: path({ doc: "The configuration file.", expected: "a YAML file" }) },
      overrides: configKeys(),
    });
    await preprocessData((await loadConfig(flags.config, overrides)).data);
  });
}
