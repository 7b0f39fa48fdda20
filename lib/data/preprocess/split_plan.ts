/**
 * Decides which documents of a corpus are for training and which for validation.
 *
 * @module
 */
import type { PackingName } from "../../config/config.ts";
import { DataError } from "../../errors.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { utf8Length } from "../../text/utf8_buffer.ts";
import { type Corpus, type CorpusParts, endsWithin } from "../corpus.ts";
import { textBatches } from "./text_batches.ts";
import { BatchEncoder } from "./text_encoder.ts";
import { packsTexts, tokensInBlock } from "../shards/packing.ts";

/** What decides a split. */
export interface SplitOptions {
  /** Tokens in a block. */
  length: number;
  /** What becomes of remainders. */
  packing: PackingName;
  /** Part of the documents that is kept for validation. */
  validationFraction: number;
  /** How many documents are, instead; null to go by the fraction. */
  validationDocuments: number | null;
}

/** How large a corpus is, and where its validation begins. */
export interface SplitPlan {
  /** The first document of the training parts that is for validation; null if none is. */
  firstValidationDocument: number | null;
  /** For a corpus of one document: the first of its blocks that is; else null. */
  firstValidationBlock: number | null;
  /** Documents of all parts, or null if nobody knows. */
  documents: number | null;
  /** Bytes of text in UTF-8, or null if nobody knows. */
  bytes: number | null;
}

/** Called while documents are counted. */
export type OnCount = (documents: number, bytes: number) => void;

/** Documents are counted in steps of so many. */
const COUNT_STEP = 1000;

/**
 * Plans the split of a corpus: as its parts say, or the last documents of it. These are counted
 * first, by reading them unless the corpus knows their number and has two texts at once.
 *
 * @throws {DataError} if the corpus is empty, or too small to be split.
 */
export async function planSplit(
  corpus: Corpus,
  parts: CorpusParts,
  tokenizer: Tokenizer,
  options: SplitOptions,
  onCount: OnCount,
): Promise<SplitPlan> {
  const known = knownDocuments([...parts.train, ...parts.validation ?? []]);
  const none = { firstValidationDocument: null, firstValidationBlock: null };
  if (parts.validation !== null) return { ...none, documents: known, bytes: null };
  const size = await countDocuments(corpus, parts, known, onCount);
  const { documents, bytes } = size;
  if (size.withText === 0) {
    const reason = size.fault === undefined ? "" : ` ${size.fault}.`;
    throw new DataError(
      `The corpus ${corpus.name} is empty: it has no text to learn from.${reason}`,
    );
  }
  if (size.withText > 1) {
    const kept = keptBack(corpus, documents, options);
    return { ...none, firstValidationDocument: documents - kept, documents, bytes };
  }
  const firstValidationBlock = await firstBlockKept(corpus, parts, tokenizer, options, onCount);
  return { ...none, firstValidationBlock, documents, bytes };
}

function knownDocuments(parts: CorpusParts["train"]): number | null {
  let sum = 0;
  for (const { documents } of parts) {
    if (documents === null) return null;
    sum += documents;
  }
  return sum;
}

/** What a corpus has; as much as a split depends on, if the number of documents is known. */
async function countDocuments(
  corpus: Corpus,
  { train }: CorpusParts,
  known: number | null,
  onCount: OnCount,
) {
  let [documents, withText, bytes] = [0, 0, 0];
  let blank = true;
  let firstFault: string | undefined;
  for (const part of train) {
    let open = false;
    for await (const { text, endOfDocument, fault } of part.pieces(0)) {
      open = !endOfDocument;
      firstFault ??= fault;
      bytes += utf8Length(text);
      if (blank && text.trim() !== "") blank = false;
      if (!endOfDocument) continue;
      documents++;
      if (!blank) withText++;
      blank = true;
      if (known !== null && withText > 1) {
        return { documents: known, withText, bytes: null, fault: firstFault };
      }
      if (documents % COUNT_STEP === 0) onCount(documents, bytes);
    }
    if (open) throw endsWithin(part);
  }
  onCount(documents, bytes);
  if (documents === 0) {
    throw new DataError(`The corpus ${corpus.name} is empty: it has no text to learn from.`);
  }
  return { documents, withText, bytes, fault: firstFault };
}

/** How many documents validation keeps: at least one, never all. */
function keptBack(
  { name }: Corpus,
  documents: number,
  { validationFraction, validationDocuments }: SplitOptions,
): number {
  if (validationDocuments === null) return fractionOf(documents, validationFraction);
  if (validationDocuments < documents) return validationDocuments;
  throw new DataError(
    `data.validationDocuments is ${validationDocuments}, but the corpus ${name} has only ` +
      `${documents} documents, and some must remain to train on. Set a smaller number.`,
  );
}

function fractionOf(count: number, fraction: number): number {
  return Math.min(count - 1, Math.max(1, Math.round(count * fraction)));
}

/** The first block of a lone document that is for validation. */
async function firstBlockKept(
  corpus: Corpus,
  { train }: CorpusParts,
  tokenizer: Tokenizer,
  { length, packing, validationFraction }: SplitOptions,
  onCount: OnCount,
): Promise<number> {
  // Text is followed by an EOS, unless it is a block by itself.
  let tokens = packsTexts(packing) ? 0 : 1;
  const encoder = new BatchEncoder(tokenizer, null);
  const batches = textBatches({ train, validation: null }, { firstValidationDocument: null });
  let bytesDone = 0;
  for await (const batch of batches) {
    const { ids, bytes } = encoder.encode(batch);
    tokens += ids.length;
    bytesDone += bytes;
    onCount(1, bytesDone);
  }
  const blocks = Math.floor(tokens / tokensInBlock(length, packing));
  if (blocks === 1 || (blocks > 1 && packing === "padded")) {
    throw new DataError(
      `The corpus ${corpus.name} is too short: its ${tokens} tokens fill one block of ${length}, ` +
        `and validation needs another. Use a longer corpus or a smaller data.length.`,
    );
  }
  return blocks - fractionOf(blocks, validationFraction);
}
