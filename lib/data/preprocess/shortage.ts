/**
 * Corpora that are too short for a block of each split, and what can be done about it.
 *
 * @module
 */
import type { PackingName } from "../../config/config.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { Corpus } from "../corpus.ts";
import type { SplitName } from "../shards/manifest.ts";
import { tokensInBlock } from "../shards/packing.ts";
import type { WrittenShards } from "./shards_in_progress.ts";
import type { CorpusStatistics } from "./statistics.ts";

/** What decides how much text a split takes, and how much it gets. */
export interface ShortageOptions {
  /** Tokens in a block. */
  length: number;
  /** What becomes of remainders. */
  packing: PackingName;
  /** How many documents are kept for validation; null if it goes by the fraction. */
  validationDocuments: number | null;
  /** Whether the corpus has a validation split of its own. */
  isSplit: boolean;
}

/** Which split has no block, and what helps, in words; null if both have one. */
export function findShortage(
  corpus: Corpus,
  written: WrittenShards,
  options: ShortageOptions,
): string | null {
  const { tokens, splits: { train, validation } } = written;
  if (train.blocks > 0 && validation.blocks > 0) return null;
  const { length, packing } = options;
  const need = `a block of length ${length} takes ${tokensInBlock(length, packing)}`;
  if (train.blocks === 0 && validation.blocks === 0) {
    return `The corpus ${corpus.name} is shorter than one block: it has ${tokens} tokens, and ` +
      `${need}. Use a longer corpus or a smaller data.length.`;
  }
  const short = train.blocks === 0 ? "train" : "validation";
  return `The ${short === "train" ? "training" : "validation"} split of ${corpus.name} ` +
    `(${written.splits[short].documents} of ${train.documents + validation.documents} documents, ` +
    `${written.rests[short]} tokens) is shorter than one block: ${need} tokens. ` +
    `${adviceFor(short, corpus, written, options)}.`;
}

/** What a corpus has lost on its way to tokens, a sentence for each kind of loss. */
export function lossesOf(
  statistics: CorpusStatistics,
  { name, unknownId }: Tokenizer,
): string[] {
  const { empty, faults, faultsShown: [fault] } = statistics;
  const unknown = statistics.countOf(unknownId);
  const losses: string[] = [];
  if (fault !== undefined) losses.push(`${faults} left out: ${fault}.`);
  if (empty > 0) {
    losses.push(`Documents without tokens, blank or of nothing that ${name} knows: ${empty}.`);
  }
  if (unknown > 0) losses.push(`Words that ${name} does not know, or too long for it: ${unknown}.`);
  return losses;
}

/** What makes a split longer. */
function adviceFor(
  short: SplitName,
  { location: { kind } }: Corpus,
  { tokens, splits }: WrittenShards,
  { length, packing, validationDocuments, isSplit }: ShortageOptions,
): string {
  const smaller = "a smaller data.length";
  if (isSplit) return `Use a longer text for it, or ${smaller}`;
  if (tokens < 2 * tokensInBlock(length, packing)) return `Use a longer corpus or ${smaller}`;
  const other = short === "train" ? "validation" : "train";
  if (splits[other].documents > 1) {
    const size = short === "train" ? "smaller" : "larger";
    const key = validationDocuments === null ? "validationFraction" : "validationDocuments";
    return `Use a ${size} data.${key}, ${smaller} or a longer corpus`;
  }
  const own = kind === "file"
    ? "give validation a file of its own (data.source.validationPath), "
    : kind === "hub"
    ? "give validation a split of its own (data.source.validationSplit), "
    : "";
  return `The other split has one document, and none is divided: ${own}cut the documents into ` +
    `shorter ones, or use ${smaller}`;
}
