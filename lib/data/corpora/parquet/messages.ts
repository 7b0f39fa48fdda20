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
