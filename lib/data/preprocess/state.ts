/**
 * What a preprocessing that was cut off goes on from, and how it is read back.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { integer, nullable, oneOf, text } from "../../schema/field.ts";
import { type JsonDocument, parseJson, readShape } from "../../schema/read_json.ts";
import type { Section } from "../../schema/tree.ts";
import type { CorpusParts } from "../corpus.ts";
import type { SplitName } from "../shards/manifest.ts";
import type { PackerState } from "../shards/packing.ts";
import { SHARD_FILES } from "../shards/read_manifest.ts";
import type { ShardWriterState } from "../shards/writer.ts";
import type { SplitPlan } from "./split_plan.ts";
import type { CorpusCursor } from "./text_batches.ts";

/** Everything that decides the rest of the shards. */
export interface PreprocessState {
  /** Hash of the inputs. */
  configHash: string;
  /** The plan of the split. */
  plan: SplitPlan;
  /** Where to go on in the corpus. */
  cursor: CorpusCursor;
  /** The split that was being written. */
  split: SplitName;
  /** What its packer holds. */
  packer: PackerState;
  /** What is on disk. */
  writers: Record<SplitName, ShardWriterState>;
  /** What was counted. */
  statistics: StatisticsState;
}

/** What {@linkcode CorpusStatistics} holds. */
export interface StatisticsState {
  /** Documents with at least one token, by split. */
  documents: Record<SplitName, number>;
  /** Documents that were read, blank and faulty ones included. */
  read: number;
  /** Faulty documents. */
  faults: number;
  /** Bytes of all text that was read, in UTF-8. */
  bytes: number;
  /** Bytes of documents without tokens, in UTF-8. */
  emptyBytes: number;
  /** Tokens that texts have beyond a block, where they are left out. */
  cutOff: number;
  /** How often each token occurs. */
  counts: number[];
  /** Documents by length: entry i counts those of 2^i to 2^(i+1) − 1 tokens. */
  lengths: number[];
}

/** What a state must fit. */
export interface StateInputs {
  /** Hash of the inputs. */
  configHash: string;
  /** The parts of the corpus. */
  parts: CorpusParts;
  /** The number of token ids. */
  vocabSize: number;
  /** Tokens in a block. */
  length: number;
}

const count = (doc: string) => integer({ doc, min: 0 });
const split = (doc: string) => oneOf(["train", "validation"], { doc });

const writer: Section<ShardWriterState> = {
  doc: "What is on disk of a split.",
  keys: { shards: SHARD_FILES, openBytes: count("Bytes of the shard after these.") },
};

const STATE: Section<PreprocessState> = {
  doc: "What a preprocessing goes on from.",
  keys: {
    configHash: text({ doc: "Hash of the inputs." }),
    plan: {
      doc: "The plan of the split.",
      keys: {
        firstValidationDocument: nullable(count(""), { doc: "Where validation begins." }),
        firstValidationBlock: nullable(count(""), { doc: "The same of a lone document." }),
        documents: nullable(count(""), { doc: "Of the corpus." }),
        bytes: nullable(count(""), { doc: "Of its text." }),
      },
    },
    cursor: {
      doc: "Where to go on.",
      keys: {
        parts: split("In which list."),
        part: count("In which part."),
        documents: count("After which document of it."),
        read: count("Documents of the list before."),
      },
    },
    split: split("The split that was being written."),
    packer: {
      doc: "What its packer holds.",
      keys: {
        tokens: { doc: "Of the block that is not full.", item: count("An id.") },
        texts: count("Texts that have ended."),
      },
    },
    writers: { doc: "What is on disk.", keys: { train: writer, validation: writer } },
    statistics: {
      doc: "What was counted.",
      keys: {
        documents: {
          doc: "Documents with tokens.",
          keys: { train: count("For training."), validation: count("For validation.") },
        },
        read: count("Documents read."),
        faults: count("Faulty documents."),
        bytes: count("Bytes of text."),
        emptyBytes: integer({ doc: "Bytes of documents without tokens.", min: 0, fallback: 0 }),
        cutOff: integer({ doc: "Tokens beyond a block.", min: 0, fallback: 0 }),
        counts: { doc: "How often each token occurs.", item: count("A token.") },
        lengths: { doc: "Documents by length.", item: count("How many.") },
      },
    },
  },
};

/** Whose a state is. */
const OWNER: Section<Pick<PreprocessState, "configHash">> = {
  doc: "What is asked of a state before it is read.",
  keys: { configHash: STATE.keys.configHash },
};

/**
 * Reads a state that was saved as JSON.
 *
 * @param document How messages speak of it.
 * @returns null if it belongs to other inputs.
 * @throws {DataError} if it is damaged.
 */
export function readState(
  source: string,
  inputs: StateInputs,
  document: JsonDocument,
): PreprocessState | null {
  const value = parseJson(source, document);
  if (readShape(value, OWNER, document).configHash !== inputs.configHash) return null;
  const state = readShape(value, STATE, document);
  const problem = findProblem(state, inputs);
  if (problem === null) return state;
  throw new DataError(`${document.name} is damaged: ${problem}. ${document.advice}`);
}

/** The first thing in a state that does not fit the inputs, in words, or null. */
function findProblem(
  { cursor, packer, statistics }: PreprocessState,
  { parts, vocabSize, length }: StateInputs,
): string | null {
  const numParts = parts[cursor.parts]?.length ?? 0;
  if (cursor.part > numParts) {
    return `cursor.part is ${cursor.part}, but ${cursor.parts} has ${numParts} parts`;
  }
  if (statistics.counts.length !== vocabSize) {
    return `statistics.counts has ${statistics.counts.length} numbers, expected ${vocabSize}`;
  }
  const stray = packer.tokens.find((id) => id >= vocabSize);
  if (stray !== undefined) {
    return `packer.tokens has the id ${stray}, but the vocabulary ends at ${vocabSize - 1}`;
  }
  return packer.tokens.length < length
    ? null
    : `packer.tokens has ${packer.tokens.length} ids, expected less than ${length}`;
}
