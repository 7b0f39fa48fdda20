/**
 * The documents in one text column of a Parquet file. Only that column is
 * read, a few megabytes or one row group at a time, and decoded in slices.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import type { ByteSource } from "../../../io/byte_source.ts";
import { CONTENT_HEAD, contentOf } from "../../../system/content.ts";
import type { TextPiece } from "../../corpus.ts";
import type { DecodedRows, RowDecoder, RowGroup } from "./messages.ts";
import { type ParquetLimits, ParquetThread } from "./thread.ts";

/** The end of the file that is read first; it mostly holds all of the metadata. */
const FOOTER_BYTES = 1 << 17;

/** Most bytes of metadata; those of thousands of row groups are some megabytes. */
const MOST_METADATA_BYTES = 1 << 28;

/** Bytes of small row groups that are read together, since every request takes its time. */
const WINDOW_BYTES = 1 << 23;

/** Bytes of other columns that are read along rather than making another request. */
const GAP_BYTES = 1 << 16;

/** Text decoded at a time, as the metadata estimate it, and rows. */
const SLICE_BYTES = 1 << 23;
const SLICE_ROWS = 1 << 20;

/** The documents of a Parquet file, one a row, and the thread that decodes them. */
export interface ParquetDocuments extends Disposable {
  /** The number of rows. */
  readonly documents: number;
  /**
   * The documents without the first `skip`; row groups before those are not read. A value that is
   * no text is a faulty document. To be read one after another, not at the same time.
   *
   * @throws {DataError} if the file is damaged.
   */
  pieces(skip: number): AsyncIterable<TextPiece>;
}

/** Who waits for a file, and how long. */
export interface OpenParquetOptions {
  /** Ends the reading, whatever it is at, which throws its reason. */
  signal?: AbortSignal | undefined;
  /** What decoding a part of the file may take. */
  limits?: ParquetLimits;
}

/**
 * Reads a Parquet file's metadata. The source stays the caller's, to close after the last piece.
 *
 * @param field Name of the column that holds the text.
 * @throws {DataError} if the file is not Parquet or has no such column of text.
 */
export function openParquet(
  source: ByteSource,
  field: string,
  { signal, limits }: OpenParquetOptions = {},
): Promise<ParquetDocuments> {
  return decodeParquet(source, field, () => new ParquetThread(source.name, signal, limits));
}

/**
 * What {@linkcode openParquet} does, whatever decodes.
 *
 * @param start Makes the decoder, once it is known that the file ends as Parquet does.
 * @throws {DataError} if the file is not Parquet or has no such column of text.
 */
export async function decodeParquet(
  source: ByteSource,
  field: string,
  start: () => RowDecoder,
): Promise<ParquetDocuments> {
  const footer = await readFooter(source);
  const decoder = start();
  const groups = await decoder.open(footer, source.size, field);
  return {
    documents: groups.reduce((sum, { rows }) => sum + rows, 0),
    pieces: (skip) => readRows(source, decoder, groups, field, skip),
    [Symbol.dispose]: () => decoder[Symbol.dispose](),
  };
}

/** The end of a file with the whole of its metadata. */
async function readFooter(source: ByteSource): Promise<ArrayBuffer> {
  if (source.size < 12) throw notParquet(source, "it is too short");
  const start = Math.max(0, source.size - FOOTER_BYTES);
  const footer = await slice(source, start, source.size);
  const view = new DataView(footer, footer.byteLength - 8);
  const magic = String.fromCharCode(...new Uint8Array(footer, footer.byteLength - 4));
  if (magic === "PARE") {
    throw new DataError(
      `${source.name} is an encrypted Parquet file (it ends in PARE). Decrypt it first.`,
    );
  }
  if (magic !== "PAR1") {
    const head = await slice(source, 0, Math.min(CONTENT_HEAD, source.size));
    const content = contentOf(new Uint8Array(head), "parquet");
    if (content === null) throw notParquet(source, "its end is not that of one, PAR1");
    throw new DataError(`${source.name} is not a Parquet file: ${content.found}. ${content.mend}.`);
  }
  const metadataBytes = view.getUint32(0, true);
  if (metadataBytes + 8 > source.size || metadataBytes > MOST_METADATA_BYTES) {
    throw notParquet(source, `it claims ${metadataBytes} bytes of metadata`);
  }
  const whole = metadataBytes + 8;
  return whole <= footer.byteLength
    ? footer
    : await slice(source, source.size - whole, source.size);
}

async function* readRows(
  source: ByteSource,
  decoder: RowDecoder,
  groups: readonly RowGroup[],
  field: string,
  skip: number,
): AsyncGenerator<TextPiece> {
  const bytesOf = readAhead(source, groups);
  const pieces = ({ texts, faults }: DecodedRows, first: number) =>
    texts.map((text, i): TextPiece => {
      const found = faults.get(i);
      if (found === undefined) return { text, endOfDocument: true };
      const fault = `Row ${first + i} of ${source.name} has no text: "${field}" is ${found}`;
      return { text: "", endOfDocument: true, fault };
    });
  /** While some rows are used, the next are decoded. */
  let ahead: { first: number; rows: Promise<DecodedRows> } | null = null;
  let groupStart = 0;
  for (const [number, group] of groups.entries()) {
    const { rows, textBytes } = group;
    const step = Math.max(
      1,
      Math.min(SLICE_ROWS, Math.floor(SLICE_BYTES * rows / (textBytes + 1))),
    );
    const firstRow = Math.max(0, skip - groupStart);
    for (let start = firstRow; start < rows; start += step) {
      const bytes = start === firstRow ? await bytesOf(group) : null;
      const end = Math.min(start + step, rows);
      const next = { first: groupStart + start, rows: decoder.rows(number, bytes, start, end) };
      // It is awaited when its turn comes; until then a failure is nobody's.
      next.rows.catch(() => {});
      if (ahead !== null) yield* pieces(await ahead.rows, ahead.first);
      ahead = next;
    }
    groupStart += rows;
  }
  if (ahead !== null) yield* pieces(await ahead.rows, ahead.first);
}

async function slice(source: ByteSource, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  await source.read(start, bytes);
  return bytes.buffer;
}

/** Reads row groups, with each small one those that follow close on it, whose bytes are kept. */
function readAhead(
  source: ByteSource,
  groups: readonly RowGroup[],
): (group: RowGroup) => Promise<ArrayBuffer> {
  let kept = { start: 0, bytes: new ArrayBuffer(0) };
  return async ({ start, end }) => {
    if (start < kept.start || end > kept.start + kept.bytes.byteLength) {
      // Frees the old bytes before there are new ones.
      kept = { start, bytes: new ArrayBuffer(0) };
      kept = { start, bytes: await slice(source, start, windowEnd(groups, start, end)) };
    }
    const { bytes } = kept;
    const from = start - kept.start;
    if (end - start < bytes.byteLength) return bytes.slice(from, from + end - start);
    // Given away whole.
    kept = { start, bytes: new ArrayBuffer(0) };
    return bytes;
  };
}

function windowEnd(groups: readonly RowGroup[], start: number, end: number): number {
  for (const group of groups) {
    if (group.start < end) continue;
    if (group.start - end > GAP_BYTES || group.end - start > WINDOW_BYTES) break;
    end = group.end;
  }
  return end;
}

function notParquet(source: ByteSource, reason: string): DataError {
  return new DataError(
    `${source.name} is not a Parquet file: ${reason}. Check that it was fetched completely.`,
  );
}
