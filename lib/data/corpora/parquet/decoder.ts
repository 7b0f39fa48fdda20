/**
 * The texts in one column of a Parquet file, from bytes in memory. What a file says of its sizes
 * and counts is compared with what there is before anything is made of it; even so, a file that was
 * made for it may take much time and memory, so that this belongs into a thread.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- a program loaded by its address has no import map
import type {
  ColumnChunk,
  Compressors,
  FileMetaData,
  ParquetParsers,
  RowGroup as RowGroupMetaData,
  SchemaElement,
  SchemaTree,
} from "npm:hyparquet@1.31.5";
import { compressors } from "npm:hyparquet-compressors@1.1.2";
// Its main module takes some of Node's along, which costs each thread more than all else.
import { parquetMetadata, parquetSchema } from "npm:hyparquet@1.31.5/src/metadata.js";
import { parquetRead } from "npm:hyparquet@1.31.5/src/read.js";
import { DataError, isExplained, messageOf } from "../../../errors.ts";
import { builtin } from "../../../system/builtin.ts";
import { isWideText } from "../../../system/content.ts";
import { describeNames } from "../../../schema/field.ts";
import type { DecodedRows, RowGroup } from "./messages.ts";
import { Pages } from "./pages.ts";

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
  // The package takes the block of no bytes for damaged; pages of nulls alone are such.
  LZ4_RAW: (page, length) => length === 0 ? new Uint8Array() : compressors.LZ4_RAW!(page, length),
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
  readonly #isNullable: boolean;
  #chunk: { group: number; bytes: ArrayBuffer; pages: Pages } | null = null;

  /** What decompresses pages, of which the data are checked. */
  readonly #compressors: Compressors = Object.fromEntries(
    Object.entries(COMPRESSORS).map(([codec, decompress]) => [
      codec,
      (stored: Uint8Array, length: number) => {
        const data = decompress(stored, length);
        this.#chunk!.pages.check(stored, data);
        return data;
      },
    ]),
  );

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
      const column = columnOf(name, parquetSchema(this.#metadata), field);
      this.#isNullable = column.repetition_type !== "REQUIRED";
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
    const { codec } = chunkOf(this.#metadata.row_groups[group]!, this.#field)!.meta_data!;
    const form = { isNullable: this.#isNullable, isCompressed: codec !== "UNCOMPRESSED" };
    try {
      this.#chunk = { group, bytes, pages: new Pages(bytes, rows, form) };
    } catch (cause) {
      throw this.#damaged(group, 0, rows, cause);
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
        compressors: this.#compressors,
        parsers: PARSERS,
        onComplete: (found) => {
          for (const [value] of found) values.push(value);
        },
      });
      if (values.length !== end - start) {
        throw new Error(`it holds ${values.length} values for them`);
      }
    } catch (cause) {
      throw this.#damaged(group, start, end, cause);
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

  #damaged(group: number, start: number, end: number, cause: unknown): DataError {
    const first = this.#firstRow(group);
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

/** @throws {Error} if there is no such column, or it cannot hold text. */
function columnOf(name: string, schema: SchemaTree, field: string): SchemaElement {
  if (schema.element.repetition_type === "REPEATED") throw new Error("its rows are lists");
  const column = schema.children.find(({ element }) => element.name === field);
  if (column === undefined) {
    const names = schema.children.map(({ element }) => element.name);
    const found = describeNames(names) || "none";
    throw new DataError(
      `${name} has no column "${field}": it has ${found}. Set data.source.field to the one ` +
        `that holds the text.`,
    );
  }
  const type = typeOf(column);
  if (type !== null) {
    throw new DataError(
      `The column "${field}" of ${name} holds no text but ${type}. Set data.source.field to the ` +
        `one that holds the text.`,
    );
  }
  return column.element;
}

/** What a column holds that cannot hold text; null if it can. */
function typeOf({ element, children }: SchemaTree): string | null {
  const { type, converted_type, repetition_type } = element;
  if (children.length > 0) return "a nested type";
  if (type !== "BYTE_ARRAY") return type ?? "a nested type";
  if (repetition_type === "REPEATED") return "lists";
  return TEXT_TYPES.includes(converted_type) ? null : converted_type!;
}

/** Where the values of a column lie; @throws {Error} if they lie in several places. */
function chunkOf({ columns }: RowGroupMetaData, field: string): ColumnChunk | undefined {
  const [chunk, another] = columns.filter(({ meta_data }) =>
    meta_data?.path_in_schema[0] === field
  );
  if (another !== undefined) throw new Error(`a row group has several columns "${field}"`);
  return chunk;
}

/** @throws {Error} if the metadata do not fit together, or not the file. */
function groupsOf(
  name: string,
  metadata: FileMetaData,
  size: number,
  field: string,
): RowGroup[] {
  const end = size - metadata.metadata_length - 8;
  const groups = metadata.row_groups.map((rowGroup, i) => {
    const chunk = chunkOf(rowGroup, field);
    if (chunk?.crypto_metadata) {
      throw new DataError(`The column "${field}" of ${name} is encrypted. Decrypt it first.`);
    }
    if (chunk?.meta_data === undefined) throw new Error(`its row group ${i} has no "${field}"`);
    if (chunk.file_path) throw new Error(`its row group ${i} lies in another file`);
    if (chunk.meta_data.type !== "BYTE_ARRAY" || chunk.meta_data.path_in_schema.length > 1) {
      throw new Error(`its row group ${i} has another type of "${field}"`);
    }
    const { dictionary_page_offset, data_page_offset, total_compressed_size } = chunk.meta_data;
    const start = Number(dictionary_page_offset || data_page_offset);
    const group = {
      rows: Number(rowGroup.num_rows),
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

/** Bytes from a place to another, without a copy if they are all. */
function cut(bytes: ArrayBuffer, from: number, to: number): ArrayBuffer {
  return from === 0 && to === bytes.byteLength ? bytes : bytes.slice(from, to);
}
