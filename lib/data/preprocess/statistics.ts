/**
 * What is counted of a corpus while it is tokenized.
 *
 * @module
 */
import type { SplitName } from "../shards/manifest.ts";
import type { StatisticsState } from "./state.ts";

/** Faults that are kept in words. */
const FAULTS_SHOWN = 5;
/** Frequent tokens that a manifest lists. */
const FREQUENT_TOKENS = 100;

/** Counts documents, tokens and bytes. */
export class CorpusStatistics {
  /** Documents with at least one token, by split. */
  readonly documents: Record<SplitName, number> = { train: 0, validation: 0 };
  /** How often each token occurs. */
  readonly counts: Float64Array;
  /** Documents by length: entry i counts those of 2^i to 2^(i+1) − 1 tokens. */
  readonly lengths: number[] = [];
  /** Documents that were read, blank and faulty ones included. */
  read = 0;
  /** Bytes of all text that was read, in UTF-8. */
  bytes = 0;
  /** Bytes of documents without tokens, in UTF-8. */
  emptyBytes = 0;
  /** Tokens that texts have beyond a block, where they are left out. */
  cutOff = 0;
  /** Faulty documents. */
  faults = 0;
  /** The first of them in words. */
  readonly faultsShown: string[] = [];

  /** Begins with nothing, or with what was saved. */
  constructor(vocabSize: number, saved?: StatisticsState) {
    this.counts = new Float64Array(vocabSize);
    if (saved === undefined) return;
    this.counts.set(saved.counts);
    Object.assign(this.documents, saved.documents);
    this.lengths.push(...saved.lengths);
    this.read = saved.read;
    this.bytes = saved.bytes;
    this.emptyBytes = saved.emptyBytes;
    this.cutOff = saved.cutOff;
    this.faults = saved.faults;
  }

  /** Documents without tokens: blank ones, and those of nothing that the tokenizer knows. */
  get empty(): number {
    return this.read - this.faults - this.documents.train - this.documents.validation;
  }

  /** How often a token occurs; never, if there is none. */
  countOf(id: number | null): number {
    return id === null ? 0 : this.counts[id]!;
  }

  /** Tokens in all. */
  get tokens(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Counts tokens. */
  addTokens(ids: Uint16Array | Uint32Array): void {
    const { counts } = this;
    for (let i = 0; i < ids.length; i++) counts[ids[i]!]! += 1;
  }

  /** Counts a document of `length` tokens, at least one. */
  addDocument(split: SplitName, length: number): void {
    this.documents[split]++;
    const bucket = Math.floor(Math.log2(length));
    while (this.lengths.length <= bucket) this.lengths.push(0);
    this.lengths[bucket]! += 1;
  }

  /** Counts faulty documents. */
  addFaults(faults: readonly string[]): void {
    this.faults += faults.length;
    this.faultsShown.push(...faults.slice(0, FAULTS_SHOWN - this.faultsShown.length));
  }

  /** The most frequent tokens with their counts, the most frequent first. */
  frequent(): [id: number, count: number][] {
    return [...this.counts.entries()].filter(([, count]) => count > 0)
      .sort(([a, countA], [b, countB]) => countB - countA || a - b).slice(0, FREQUENT_TOKENS);
  }

  /** All numbers, to be saved. */
  save(): StatisticsState {
    const { documents, lengths, read, bytes, emptyBytes, cutOff, faults, counts } = this;
    return { documents, lengths, read, bytes, emptyBytes, cutOff, faults, counts: [...counts] };
  }
}
