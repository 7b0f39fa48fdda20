/**
 * Shows what a folder of token shards holds:
 * `deno task inspect demo [--blocks N] [--split train|validation]`.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { formatBytes, formatCount } from "../lib/cli/format.ts";
import { runMain } from "../lib/cli/main.ts";
import { shards } from "../lib/cli/names.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { print } from "../lib/cli/stdout.ts";
import type { ShardManifest, SplitName } from "../lib/data/shards/manifest.ts";
import { openShards, type ShardSet } from "../lib/data/shards/shards.ts";
import { integer, oneOf } from "../lib/schema/field.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { visibleText } from "../lib/system/visible.ts";
import { createTokenizer, vocabularyFileOf } from "../lib/text/create_tokenizer.ts";
import type { Tokenizer } from "../lib/text/tokenizer.ts";
import { describeShards } from "./shards/describe.ts";

const BAR_WIDTH = 40;
const TOKENS_SHOWN = 20;

/** Documents by their length in tokens, a bar for each power of two. */
function lengthHistogram(lengths: readonly number[]): string {
  const most = Math.max(1, ...lengths);
  const first = Math.max(0, lengths.findIndex((count) => count > 0));
  return lengths.slice(first).map((count, i) => {
    const from = 2 ** (first + i);
    const range = from === 1 ? "1" : `${formatCount(from)}-${formatCount(2 * from - 1)}`;
    const bar = "#".repeat(Math.ceil(count / most * BAR_WIDTH));
    return `  ${range.padStart(17)}  ${formatCount(count).padStart(12)}  ${bar}`.trimEnd();
  }).join("\n");
}

/** The most frequent tokens with their share of all. */
function frequentTokens({ corpus }: ShardManifest, tokenizer: Tokenizer): string {
  return corpus.frequent.slice(0, TOKENS_SHOWN).map(([id, count]) => {
    const share = `${(100 * count / corpus.tokens).toFixed(2)} %`;
    return `  ${String(id).padStart(6)}  ${formatCount(count).padStart(14)}  ${
      share.padStart(8)
    }  ${nameOf(id, tokenizer)}`;
  }).join("\n");
}

function nameOf(id: number, tokenizer: Tokenizer): string {
  if (id === tokenizer.eosId) return "(EOS)";
  if (id === tokenizer.bosId) return "(BOS)";
  return visibleText(JSON.stringify(tokenizer.decode([id])));
}

/** A block as ids and as text. */
interface ShownBlock {
  readonly index: number;
  readonly ids: readonly number[];
  readonly text: string;
}

/** The first blocks of a split. */
function firstBlocks(
  shards: ShardSet,
  tokenizer: Tokenizer,
  { split, blocks: count }: { split: SplitName; blocks: number },
): ShownBlock[] {
  const blocks = shards.blocks(split);
  return Array.from({ length: Math.min(count, blocks.numBlocks) }, (_, index) => {
    const ids = new Uint32Array(blocks.length);
    blocks.read(index, ids, 0);
    return { index, ids: [...ids], text: tokenizer.decode(ids) };
  });
}

function describeBlock({ index, ids, text }: ShownBlock, split: SplitName): string {
  const lines = visibleText(text).split("\n").map((line) => `  ${line}`);
  return [`\nBlock ${index} of ${split}, ids ${ids.slice(0, 8).join(" ")} …:`, ...lines].join("\n");
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Shows what a folder of token shards holds, and some of its blocks as text.",
  positionals: [{ name: "SHARDS", flag: "dir" }],
  flags: {
    dir: shards({ doc: "Which shards." }),
    blocks: integer({ doc: "Blocks to show.", min: 0, unit: "blocks", fallback: 3 }),
    split: oneOf(["train", "validation"], { doc: "Where from.", fallback: "train" }),
    ...JSON_FLAG,
  },
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({ name: taskCommand("inspect"), ...COMMAND });
    using opened = await openShards(flags.dir);
    const { manifest } = opened;
    const { corpus, packing, dtype, splits } = manifest;
    const { name, file } = manifest.tokenizer;
    const tokenizer = await createTokenizer(name, {
      file: vocabularyFileOf({ tokenizer: name, tokenizerFile: file, dir: flags.dir }),
    });
    const blocks = firstBlocks(opened, tokenizer, flags);
    if (flags.json) return print(JSON.stringify({ manifest, blocks }, null, 2));
    const identity = corpus.identity === corpus.name ? "" : ` (${corpus.identity})`;
    print(visibleText(`Shards of ${corpus.name}${identity}`));
    describeShards(manifest, print);
    const files = Object.values(splits).flatMap((split) => split.shards);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    print(`  files: ${files.length} of ${dtype}, ${formatBytes(bytes)}, packing ${packing}`);
    print(`\nDocuments by length in tokens:\n${lengthHistogram(corpus.lengths)}`);
    print(`\nMost frequent tokens:\n${frequentTokens(manifest, tokenizer)}`);
    for (const block of blocks) print(describeBlock(block, flags.split));
  });
}
