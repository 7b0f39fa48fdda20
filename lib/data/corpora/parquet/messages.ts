/**
 * What the thread that decodes Parquet is asked, and what it answers.
 *
 * @module
 */

/** Where the column's values of some rows in a row lie. */
export interface RowGroup {
  /** Number of rows. */
  readonly rows: number;
  /** The first of their bytes in the file. */
  readonly start: number;
  /** The end of their bytes. */
  readonly end: number;
  /** Bytes that they have when they are decompressed. */
  readonly textBytes: number;
}

/** What a column's values are: a text, or why there is none. */
export interface DecodedRows {
  /** The texts, empty where there is none. */
  readonly texts: readonly string[];
  /** What the values are that are no text, by their place among the texts. */
  readonly faults: ReadonlyMap<number, string>;
}

/** What decodes one file. */
export interface RowDecoder extends Disposable {
  /**
   * Parses the file's metadata.
   *
   * @param footer The end of the file with its metadata, which is given away.
   * @param size Bytes of the file.
   * @param field Name of the column that holds the text.
   * @throws {DataError} if it is damaged or has no such column of text.
   */
  open(footer: ArrayBuffer, size: number, field: string): Promise<readonly RowGroup[]>;
  /**
   * The values of rows of a row group, counted from its first.
   *
   * @param bytes The group's bytes, which are given away; null if the rows before were of the same.
   * @throws {DataError} if they are damaged.
   */
  rows(
    group: number,
    bytes: ArrayBuffer | null,
    start: number,
    end: number,
  ): Promise<DecodedRows>;
}

/** What the thread is asked, always of the file that was opened last. */
export type ParquetRequest =
  | {
    /** Parse a file's metadata. */
    kind: "open";
    /** What messages call the file. */
    name: string;
    /** The end of the file, with the whole of its metadata. */
    footer: ArrayBuffer;
    /** Bytes of the file. */
    size: number;
    /** Name of the column that holds the text. */
    field: string;
  }
  | {
    /** Decode rows. */
    kind: "rows";
    /** The number of their row group. */
    group: number;
    /** Its bytes; null if the rows before were of the same group. */
    bytes: ArrayBuffer | null;
    /** The first row, counted from the first of the group. */
    start: number;
    /** The end of the rows. */
    end: number;
  };

/** What it answers, once for each request. */
export type ParquetReply =
  | {
    /** The file is open. */
    kind: "opened";
    /** The column's row groups. */
    groups: readonly RowGroup[];
  }
  | {
    /** The rows are decoded. */
    kind: "decoded";
    /** Their values. */
    rows: DecodedRows;
  }
  | {
    /** The request failed. */
    kind: "failed";
    /** Why, for people. */
    message: string;
  };
