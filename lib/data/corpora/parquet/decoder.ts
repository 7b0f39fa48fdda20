/**
 * The texts in one column of a Parquet file, from bytes in memory. What a file says of its sizes is
 * compared with what there is before anything is made of it; even so, a file that was made for it
 * may take any time and memory, so that this belongs into a thread that can be ended.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- a program loaded by its address has no import map
import type {
  Compressors,
  FileMetaData,
  ParquetParsers,
  SchemaElement,
  SchemaTree,
} from "npm:hyparquet@1.31.5";
import { parquetMetadata, parquetRead, parquetSchema } from "npm:hyparquet@1.31.5";
import { compressors } from "npm:hyparquet-compressors@1.1.2";
import { parquetHeader } from "npm:hyparquet@1.31.5/src/column.js";
import { DataError, isExplained, messageOf } from "../../../errors.ts";
import { builtin } from "../../../system/builtin.ts";
import { isWideText } from "../../../system/content.ts";
import { describeNames } from "../../../schema/field.ts";
import type { DecodedRows, RowGroup } from "./messages.ts";

/** Most bytes of a page, and most values: writers make pages of a MiB or of thousands of values. */
const MOST_PAGE_BYTES = 1 << 29;
const MOST_PAGE_VALUES = 1 << 24;

/** What strings are called in a file, where they are given a name. */
const TEXT_TYPES = [undefined, "UTF8", "ENUM", "JSON"];

/** Values that are no text. */
const NOT_UTF8 = Symbol("not UTF-8");
const NOT_JSON = Symbol("not JSON");

/** What pages are decompressed with: where there is a choice, what is native and checks sums. */
const COMPRESSORS: Compressors = {
  ...compressors,
  GZIP: (page, length) => builtin("node:zlib").gunzipSync(page, atMost(length)),
  BROTLI: (page, length) => builtin("node:zlib").brotliDecompressSync(page, atMost(length)),
  ZSTD: (page, length) => builtin("node:zlib").zstdDecompressSync(page, atMost(length)),
};

function atMost(length: number): { maxOutputLength: number } {
  return { maxOutputLength: Math.max(1, length) };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decode(bytes),
  jsonFromBytes(bytes: Uint8Array | undefined) {
    const text = bytes && decode(bytes);
    if (typeof text !== "string") return text;
    try {
      return JSON.parse(text);
    } catch {
      return NOT_JSON;
    }
  },
} as unknown as Partial<ParquetParsers>;

/** Reads one file's column. */
export class ParquetDecoder {
  readonly #name: string;
  readonly #field: string;
  readonly #metadata: FileMetaData;
  /** The column's row groups, in their order. */
  readonly groups: readonly RowGroup[];
  #chunk: { group: number; bytes: ArrayBuffer } | null = null;

  /**
   * Parses a file's metadata.
   *
   * @param name What messages call the file.
   * @param footer The end of the file, with the whole of its metadata.
   * @param size Bytes of the file.
   * @param field Name of the column that holds the text.
   * @throws {DataError} if it is damaged or has no such column of text.
   */
  constructor(name: string, footer: ArrayBuffer, size: number, field: string) {
    this.#name = name;
    this.#field = field;
    try {
      this.#metadata = parquetMetadata(footer, { geoparquet: false });
      checkColumn(name, parquetSchema(this.#metadata), field);
      this.groups = groupsOf(name, this.#metadata, size, field);
    } catch (cause) {
      if (isExplained(cause)) throw cause;
      throw new DataError(
        `${name} is not a Parquet file that can be read: ${reasonOf(cause)}. Check that it was ` +
          `fetched completely.`,
        { cause },
      );
    }
  }

  /**
   * Takes the bytes of a row group, which the next rows are read from, and compares their
   * checksums, if they have any.
   *
   * @throws {DataError} if they are damaged.
   */
  load(group: number, bytes: ArrayBuffer): void {
    const { rows } = this.groups[group]!;
    this.#chunk = { group, bytes };
    try {
      checkPages(bytes, rows);
    } catch (cause) {
      throw this.#damaged(0, rows, cause);
    }
  }

  /**
   * The values of rows of the group that was loaded, counted from its first.
   *
   * @throws {DataError} if they are damaged.
   */
  async rows(start: number, end: number): Promise<DecodedRows> {
    const { group, bytes } = this.#chunk!;
    const values: unknown[] = [];
    const first = this.#firstRow(group);
    const offset = this.groups[group]!.start;
    try {
      await parquetRead({
        file: {
          byteLength: offset + bytes.byteLength,
          slice: (from, to) => cut(bytes, from - offset, to! - offset),
        },
        metadata: this.#metadata,
        columns: [this.#field],
        rowStart: first + start,
        rowEnd: first + end,
        compressors: COMPRESSORS,
        parsers: PARSERS,
        onComplete: (found) => {
          for (const [value] of found) values.push(value);
        },
      });
      if (values.length !== end - start) {
        throw new Error(`it holds ${values.length} values for them`);
      }
    } catch (cause) {
      throw this.#damaged(start, end, cause);
    }
    const faults = new Map<number, string>();
    const texts = values.map((value, i) => {
      if (typeof value === "string" && !isWideText(value)) return value;
      faults.set(i, describe(value));
      return "";
    });
    return { texts, faults };
  }

  #firstRow(group: number): number {
    return this.groups.slice(0, group).reduce((sum, { rows }) => sum + rows, 0);
  }

  #damaged(start: number, end: number, cause: unknown): DataError {
    const first = this.#firstRow(this.#chunk!.group);
    return new DataError(
      `Cannot read the rows ${first + start} to ${first + end} of ${this.#name}: ` +
        `${reasonOf(cause)}; it may be damaged, so fetch it again`,
      { cause },
    );
  }
}

/** Why decoding failed: what trips over numbers that cannot be says little of the file. */
function reasonOf(cause: unknown): string {
  const tripped = cause instanceof TypeError || cause instanceof RangeError;
  return tripped ? "what it says of its parts does not fit together" : messageOf(cause);
}

function decode(bytes: Uint8Array): string | symbol {
  try {
    return UTF8.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}

function describe(value: unknown): string {
  if (value === NOT_UTF8) return "not UTF-8";
  if (value === NOT_JSON) return "not JSON";
  if (typeof value === "string") return "UTF-16, not UTF-8";
  return value === null || value === undefined ? "null" : `a value of type ${typeof value}`;
}

/** @throws {DataError} if there is no such column, or it cannot hold text. */
function checkColumn(name: string, schema: SchemaTree, field: string): void {
  const column = schema.children.find(({ element }) => element.name === field);
  if (column === undefined) {
    const names = schema.children.map(({ element }) => element.name);
    const found = describeNames(names) || "none";
    throw new DataError(
      `${name} has no column "${field}": it has ${found}. Set data.source.field to the one ` +
        `that holds the text.`,
    );
  }
  const type = typeOf(column.element);
  if (type !== null) {
    throw new DataError(
      `The column "${field}" of ${name} holds no text but ${type}. Set data.source.field to the ` +
        `one that holds the text.`,
    );
  }
}

/** What a column holds that cannot hold text; null if it can. */
function typeOf({ type, converted_type, repetition_type }: SchemaElement): string | null {
  if (type !== "BYTE_ARRAY") return type ?? "a nested type";
  if (repetition_type === "REPEATED") return "lists";
  return TEXT_TYPES.includes(converted_type) ? null : converted_type!;
}

/** @throws {Error} if the metadata do not fit together, or not the file. */
function groupsOf(
  name: string,
  metadata: FileMetaData,
  size: number,
  field: string,
): RowGroup[] {
  const end = size - metadata.metadata_length - 8;
  const groups = metadata.row_groups.map(({ columns, num_rows }, i) => {
    const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === field);
    if (chunk?.crypto_metadata) {
      throw new DataError(`The column "${field}" of ${name} is encrypted. Decrypt it first.`);
    }
    if (chunk?.meta_data === undefined) throw new Error(`its row group ${i} has no "${field}"`);
    if (chunk.file_path) throw new Error(`its row group ${i} lies in another file`);
    const { dictionary_page_offset, data_page_offset, total_compressed_size } = chunk.meta_data;
    const start = Number(dictionary_page_offset || data_page_offset);
    const group = {
      rows: Number(num_rows),
      start,
      end: start + Number(total_compressed_size),
      textBytes: Number(chunk.meta_data.total_uncompressed_size),
    };
    const fits = group.start >= 0 && group.start <= group.end && group.end <= end;
    if (!fits || !Object.values(group).every((each) => Number.isSafeInteger(each) && each >= 0)) {
      throw new Error(`its row group ${i} lies outside of it, or counts wrongly`);
    }
    return group;
  });
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== Number(metadata.num_rows)) {
    throw new Error(`its row groups have ${rows} rows, of ${metadata.num_rows}`);
  }
  return groups;
}

/** @throws {Error} if a page's checksum is wrong or its sizes do not fit. */
function checkPages(buffer: ArrayBuffer, rows: number): void {
  const reader = { view: new DataView(buffer), offset: 0 };
  for (let values = 0; values < rows;) {
    const header = parquetHeader(reader);
    const { compressed_page_size: stored, uncompressed_page_size: whole } = header;
    if (!Number.isInteger(stored) || !Number.isInteger(whole)) {
      throw new Error("a page has no size");
    }
    const end = reader.offset + stored;
    if (stored < 0 || end > buffer.byteLength || whole < 0 || whole > MOST_PAGE_BYTES) {
      throw new Error(`a page claims ${stored} bytes, and ${whole} when it is decompressed`);
    }
    const page = new Uint8Array(buffer, reader.offset, stored);
    if (header.crc !== undefined && builtin("node:zlib").crc32(page) !== header.crc >>> 0) {
      throw new Error("the checksum of a page is wrong");
    }
    reader.offset = end;
    const dictionary = header.dictionary_page_header?.num_values;
    // A text in a dictionary takes four bytes at least.
    const most = dictionary === undefined ? Math.min(rows - values, MOST_PAGE_VALUES) : whole / 4;
    const count = dictionary ?? (header.data_page_header ?? header.data_page_header_v2)?.num_values;
    if (!(count! >= 0 && count! <= most)) throw new Error(`a page claims to have ${count} values`);
    if (dictionary === undefined) values += count!;
  }
}

/** Bytes from a place to another, without a copy if they are all. */
function cut(bytes: ArrayBuffer, from: number, to: number): ArrayBuffer {
  return from === 0 && to === bytes.byteLength ? bytes : bytes.slice(from, to);
}
