/**
 * The pages of a text column: what they say of their sizes and counts is compared with what there
 * is, before anything is made of it.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- a program loaded by its address has no import map
import type { PageHeader } from "npm:hyparquet@1.31.5";
import { parquetHeader } from "npm:hyparquet@1.31.5/src/column.js";
import { deltaBinaryUnpack } from "npm:hyparquet@1.31.5/src/delta.js";
import { builtin } from "../../../system/builtin.ts";
import { walkDeltas, walkRuns } from "./runs.ts";

/** Most bytes of a page, and most values: writers make pages of a MiB or of thousands of values. */
const MOST_PAGE_BYTES = 1 << 29;
const MOST_PAGE_VALUES = 1 << 24;

/** Bytes before a text that say how many it has. */
const LENGTH_BYTES = 4;

/** What a page of the second version says of its data. */
type SecondHeader = NonNullable<PageHeader["data_page_header_v2"]>;

/** How the pages of a row group's column are kept. */
export interface PagesForm {
  /** Whether values may be null. */
  readonly isNullable: boolean;
  /** Whether pages are compressed. */
  readonly isCompressed: boolean;
}

/** The pages of a row group's column. */
export class Pages {
  readonly #isNullable: boolean;
  /** Those of which the data are compressed, by the end of their bytes. */
  readonly #compressed = new Map<number, PageHeader>();

  /**
   * Looks through the headers, compares the checksums of pages, if they have any, and checks the
   * data that are not compressed.
   *
   * @param buffer The bytes of the row group's column.
   * @param rows Number of its rows.
   * @throws {Error} if a page's checksum is wrong, or its sizes and counts do not fit.
   */
  constructor(buffer: ArrayBuffer, rows: number, { isNullable, isCompressed }: PagesForm) {
    this.#isNullable = isNullable;
    const reader = { view: new DataView(buffer), offset: 0 };
    for (let values = 0; values < rows;) {
      const header = parquetHeader(reader);
      const page = new Uint8Array(buffer, reader.offset, storedBytes(header, reader));
      if (header.crc !== undefined && builtin("node:zlib").crc32(page) !== header.crc >>> 0) {
        throw new Error("the checksum of a page is wrong");
      }
      reader.offset += page.length;
      values += this.#countOf(header, rows - values);
      const second = header.type === "DATA_PAGE_V2" ? header.data_page_header_v2 : undefined;
      const levels = second === undefined ? 0 : this.#checkLevels(second, page);
      if (isCompressed && second?.is_compressed !== false) {
        this.#compressed.set(reader.offset, header);
      } else this.#checkData(header, page.subarray(levels));
    }
  }

  /**
   * Checks the data of a page that was decompressed.
   *
   * @param stored What was decompressed, a part of the row group's bytes.
   * @throws {Error} if they do not fit what the page says.
   */
  check(stored: Uint8Array, data: Uint8Array): void {
    const header = this.#compressed.get(stored.byteOffset + stored.length);
    if (header !== undefined) this.#checkData(header, data);
  }

  /** The number of rows that a page has, none if it is a dictionary. */
  #countOf(header: PageHeader, rowsLeft: number): number {
    const { type, uncompressed_page_size: whole } = header;
    const isDictionary = type === "DICTIONARY_PAGE";
    // A text in a dictionary takes four bytes at least.
    const most = isDictionary ? whole / LENGTH_BYTES : Math.min(rowsLeft, MOST_PAGE_VALUES);
    const count = isDictionary
      ? header.dictionary_page_header?.num_values
      : type === "DATA_PAGE"
      ? header.data_page_header?.num_values
      : header.data_page_header_v2?.num_values;
    if (!isCount(count, most)) throw new Error(`a page claims to have ${count} values`);
    return isDictionary ? 0 : count;
  }

  /** Checks which values are null, which is never compressed in pages of the second version. */
  #checkLevels(header: SecondHeader, page: Uint8Array): number {
    const { num_values: count, num_nulls: nulls, num_rows: rows } = header;
    const { repetition_levels_byte_length: before, definition_levels_byte_length: own } = header;
    if (rows !== count || !isCount(nulls, this.#isNullable ? count : 0)) {
      throw new Error(`a page claims to have ${rows} rows with ${nulls} of ${count} values null`);
    }
    if (!isCount(before, page.length) || !isCount(own, page.length - before)) {
      throw new Error(`a page claims ${before} and ${own} bytes of levels`);
    }
    const found = this.#isNullable ? walkRuns(page, before, 1, count) : count;
    if (found !== count - nulls) {
      throw new Error(`a page has ${found} values and claims ${count - nulls}`);
    }
    return before + own;
  }

  /** Checks the values of a page, and in pages of the first version which of them are null. */
  #checkData(header: PageHeader, data: Uint8Array): void {
    if (header.type === "DATA_PAGE_V2") {
      const { num_values, num_nulls, encoding } = header.data_page_header_v2!;
      checkValues(data, num_values - num_nulls, encoding, true);
    } else if (header.type === "DATA_PAGE") {
      const { num_values, encoding } = header.data_page_header!;
      if (!this.#isNullable) return checkValues(data, num_values, encoding, false);
      const view = new DataView(data.buffer, data.byteOffset, data.length);
      const end = LENGTH_BYTES + view.getUint32(0, true);
      if (end > data.length) throw new Error(`a page claims ${end} bytes of levels`);
      const count = walkRuns(data, LENGTH_BYTES, 1, num_values);
      checkValues(data.subarray(end), count, encoding, false);
    }
  }
}

/** Bytes of a page in the file. */
function storedBytes(
  { compressed_page_size: stored, uncompressed_page_size: whole }: PageHeader,
  { view, offset }: { view: DataView; offset: number },
): number {
  if (!Number.isInteger(stored) || !Number.isInteger(whole)) throw new Error("a page has no size");
  if (!isCount(stored, view.byteLength - offset) || !isCount(whole, MOST_PAGE_BYTES)) {
    throw new Error(`a page claims ${stored} bytes, and ${whole} when it is decompressed`);
  }
  return stored;
}

function isCount(count: unknown, most: number): count is number {
  return Number.isInteger(count) && count as number >= 0 && count as number <= most;
}

/** @throws {Error} if so many texts cannot be in these bytes of a page. */
function checkValues(bytes: Uint8Array, count: number, encoding: string, isSecond: boolean): void {
  if (count === 0) return;
  switch (encoding) {
    case "PLAIN":
      return;
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      const width = bytes[0];
      if (!isCount(width, 32)) throw new Error(`a page claims places of ${width} bits`);
      // Places of no bits are zeros, of which pages of the first version need no runs.
      if (width > 0 || isSecond) walkRuns(bytes, 1, width, count);
      return;
    }
    case "DELTA_LENGTH_BYTE_ARRAY":
      walkDeltas(bytes, 0, count);
      return;
    case "DELTA_BYTE_ARRAY":
      checkPrefixes(bytes, count);
      return;
    default:
      throw new Error(
        `a page's values are ${encoding ?? "of a kind unknown"}, which texts are not`,
      );
  }
}

/** Checks texts that share their beginnings with those before them. */
function checkPrefixes(bytes: Uint8Array, count: number): void {
  walkDeltas(bytes, walkDeltas(bytes, 0, count), count);
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  const [shared, own] = [new Int32Array(count), new Int32Array(count)];
  for (const lengths of [shared, own]) deltaBinaryUnpack(reader, count, lengths);
  let [length, whole] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (!isCount(shared[i], length) || own[i]! < 0) {
      throw new Error(`a page has a text that shares ${shared[i]} bytes with one of ${length}`);
    }
    length = shared[i]! + own[i]!;
    whole += length;
  }
  if (whole > MOST_PAGE_BYTES) throw new Error(`a page claims ${whole} bytes of texts`);
}
