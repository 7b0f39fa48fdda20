/**
 * What token shards hold, in lines for people.
 *
 * @module
 */

import { formatBytes, formatCount, formatNumber, formatUnits } from "../../lib/cli/format.ts";
import type { ShardManifest } from "../../lib/data/shards/manifest.ts";

/** Says what shards hold. */
export function describeShards(
  { corpus, tokenizer, length, splits }: ShardManifest,
  print: (line: string) => void,
): void {
  for (const name of ["train", "validation"] as const) {
    const { documents, blocks } = splits[name];
    print(
      `  ${name}: ${countOf(documents)}, ${formatUnits(blocks, "block")} of ${length} tokens`,
    );
  }
  print(
    `  in all: ${countOf(corpus.documents)}, ${formatBytes(corpus.bytes)}, ` +
      `${formatCount(corpus.tokens)} tokens of ${tokenizer.name}`,
  );
  if (corpus.faults > 0) print(`  faulty: ${countOf(corpus.faults)}, left out`);
  if (corpus.empty > 0) {
    const empty = countOf(corpus.empty);
    print(`  without tokens: ${empty}, blank or of nothing that ${tokenizer.name} knows`);
  }
  if (corpus.unknown > 0) {
    const share = formatNumber(100 * corpus.unknown / corpus.tokens);
    print(`  unknown words: ${formatCount(corpus.unknown)}, ${share} % of all tokens`);
  }
  if (corpus.cutOff > 0) {
    const share = formatNumber(100 * corpus.cutOff / corpus.tokens);
    print(
      `  cut off: ${
        formatUnits(corpus.cutOff, "token")
      } of texts longer than a block, ${share} % ` +
        "of all, left out",
    );
  }
  print(`  unigram entropy: ${formatNumber(corpus.unigramEntropy)} nats/token`);
}

/** A number of documents in words. */
export function countOf(documents: number): string {
  return formatUnits(documents, "document");
}
