/**
 * The documents in one text column of a Parquet file. Only that column is
 * read, a few megabytes or one row group at a time, and decoded in slices.
 *
 * @module
 */
import type { AsyncBuffer, FileMetaData, SchemaTree } from "hyparquet";
import { DataError, isExplained, messageOf } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import type { TextPiece } from "./corpus.ts";

/** The end of the file that is read first; it mostly holds all of the metadata. */
const FOOTER_BYTES = 1 << 17;

/** Bytes of small row groups that are read together, since every request takes its time. */
const WINDOW_BYTES = 1 << 23;

/** Bytes of other columns that are read along rather than making another request. */
const GAP_BYTES = 1 << 16;

/** Text decoded at a time, as the metadata estimate it. */
const SLICE_BYTES = 1 << 23;

/** The documents of a Parquet file: one a row. */
export interface ParquetDocuments {
  /** The number of rows. */
  readonly documents: number;
  /**
   * The documents without the first `skip`; row groups before those are not read. A value that is
   * no text is a faulty document.
   *
   * @throws {DataError} if the file is damaged.
   */
  pieces(skip: number): AsyncIterable<TextPiece>;
}

/**
 * Reads a Parquet file's metadata. The source stays the caller's, to close after the last piece.
 *
 * @param field Name of the column that holds the text.
 * @throws {DataError} if the file is not Parquet or has no such column of text.
 */
export async function openParquet(source: ByteSource, field: string): Promise<ParquetDocuments> {
  const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  const file = bufferOf(source);
  if (source.size < 12) throw notParquet(source, "it is too short");
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES })
    .catch((cause) => {
      if (isExplained(cause)) throw cause;
      throw notParquet(source, messageOf(cause), cause);
    });
  checkColumn(source, parquetSchema(metadata), field);
  return {
    documents: Number(metadata.num_rows),
    pieces: (skip) => readRows(source, file, metadata, field, skip),
  };
}

async function* readRows(
  source: ByteSource,
  file: AsyncBuffer,
  metadata: FileMetaData,
  field: string,
  skip: number,
): AsyncGenerator<TextPiece> {
  const [{ parquetRead }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const windowed = readAhead(file, chunksOf(metadata, field));
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const column = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === field);
    const bytes = Number(column?.meta_data?.total_uncompressed_size ?? group.total_byte_size);
    const rows = Math.max(1, Math.floor(SLICE_BYTES * (groupEnd - groupStart) / (bytes + 1)));
    for (let start = Math.max(groupStart, skip); start < groupEnd; start += rows) {
      const rowEnd = Math.min(start + rows, groupEnd);
      const values: unknown[] = [];
      try {
        await parquetRead({
          file: windowed,
          metadata,
          columns: [field],
          rowStart: start,
          rowEnd,
          compressors,
          onComplete: (found) => {
            for (const [value] of found) values.push(value);
          },
        });
      } catch (cause) {
        if (isExplained(cause)) throw cause;
        throw new DataError(
          `Cannot read the rows ${start} to ${rowEnd} of ${source.name}: ${messageOf(cause)}; it ` +
            `may be damaged, so fetch it again`,
          { cause },
        );
      }
      if (values.length !== rowEnd - start) {
        throw new DataError(
          `Cannot read ${source.name}: it holds ${values.length} values of "${field}" for the ` +
            `rows ${start} to ${rowEnd}; it may be damaged, so fetch it again`,
        );
      }
      for (const [i, value] of values.entries()) yield pieceOf(value, source, field, start + i);
    }
    groupStart = groupEnd;
  }
}

function pieceOf(value: unknown, source: ByteSource, field: string, row: number): TextPiece {
  if (typeof value === "string") return { text: value, endOfDocument: true };
  const found = value === null || value === undefined ? "null" : `a value of type ${typeof value}`;
  const fault = `Row ${row} of ${source.name} has no text: "${field}" is ${found}.`;
  return { text: "", endOfDocument: true, fault };
}

/** @throws {DataError} if there is no such column, or it cannot hold text. */
function checkColumn(source: ByteSource, schema: SchemaTree, field: string): void {
  const column = schema.children.find(({ element }) => element.name === field);
  if (column === undefined) {
    const names = schema.children.map(({ element }) => element.name).join(", ") || "none";
    throw new DataError(
      `${source.name} has no column "${field}": it has ${names}. Set data.source.field to the one ` +
        `that holds the text.`,
    );
  }
  const type = column.element.type ?? "a nested type";
  if (type !== "BYTE_ARRAY" || column.element.repetition_type === "REPEATED") {
    throw new DataError(
      `The column "${field}" of ${source.name} holds no text but ${
        type === "BYTE_ARRAY" ? "lists" : type
      }. Set data.source.field to the one that holds the text.`,
    );
  }
}

function bufferOf(source: ByteSource): AsyncBuffer {
  return {
    byteLength: source.size,
    async slice(start, end = source.size) {
      const bytes = new Uint8Array(end - start);
      await source.read(start, bytes);
      return bytes.buffer;
    },
  };
}

/** Where a chunk of the column lies. */
interface ByteRange {
  start: number;
  end: number;
}

/** The column's chunks, one a row group. */
function chunksOf(metadata: FileMetaData, field: string): ByteRange[] {
  return metadata.row_groups.flatMap(({ columns }) => {
    const found = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === field);
    if (found?.meta_data === undefined) return [];
    const { dictionary_page_offset, data_page_offset, total_compressed_size } = found.meta_data;
    const start = Number(dictionary_page_offset || data_page_offset);
    return [{ start, end: start + Number(total_compressed_size) }];
  });
}

/** Reads the chunks that follow close on a small one along with it, and keeps the bytes. */
function readAhead(file: AsyncBuffer, chunks: readonly ByteRange[]): AsyncBuffer {
  let kept = { start: 0, bytes: new ArrayBuffer(0) };
  return {
    byteLength: file.byteLength,
    async slice(start, end = file.byteLength) {
      if (start < kept.start || end > kept.start + kept.bytes.byteLength) {
        // Frees the old bytes before there are new ones.
        kept = { start, bytes: new ArrayBuffer(0) };
        kept = { start, bytes: await file.slice(start, windowEnd(chunks, start, end)) };
      }
      const { bytes } = kept;
      const from = start - kept.start;
      const whole = from === 0 && end - start === bytes.byteLength;
      return whole ? bytes : bytes.slice(from, end - kept.start);
    },
  };
}

function windowEnd(chunks: readonly ByteRange[], start: number, end: number): number {
  for (const chunk of chunks) {
    if (chunk.start < end) continue;
    if (chunk.start - end > GAP_BYTES || chunk.end - start > WINDOW_BYTES) break;
    end = chunk.end;
  }
  return end;
}

function notParquet(source: ByteSource, reason: string, cause?: unknown): DataError {
  return new DataError(
    `${source.name} is not a Parquet file (${reason}). Check that it was fetched completely.`,
    { cause },
  );
}
