/**
 * What token shards hold, in lines for people.
 *
 * @module
 */
import { formatBytes, formatCount, formatNumber } from "../../lib/cli/format.ts";
import type { ShardManifest } from "../../lib/data/manifest.ts";

/** Prints what shards hold. */
export function describeShards({ corpus, tokenizer, length, splits }: ShardManifest): void {
  for (const name of ["train", "validation"] as const) {
    const { documents, blocks } = splits[name];
    console.log(
      `  ${name}: ${countOf(documents)}, ${formatCount(blocks)} blocks of ${length} tokens`,
    );
  }
  console.log(
    `  in all: ${countOf(corpus.documents)}, ${formatBytes(corpus.bytes)}, ` +
      `${formatCount(corpus.tokens)} tokens of ${tokenizer.name}`,
  );
  if (corpus.faults > 0) console.log(`  faulty: ${countOf(corpus.faults)}, left out`);
  console.log(`  unigram entropy: ${formatNumber(corpus.unigramEntropy)} nats/token`);
}

/** A number of documents in words. */
export function countOf(documents: number): string {
  return `${formatCount(documents)} document${documents === 1 ? "" : "s"}`;
}
