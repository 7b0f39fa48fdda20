/**
 * Decodes Parquet on a thread of its own; see parquet_thread.ts.
 *
 * @module
 */
import { messageOf } from "../../../errors.ts";
import { type DecodedRows, ParquetDecoder, type RowGroup } from "./decoder.ts";
import { answerRequests } from "../../worker_thread.ts";

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

let decoder: ParquetDecoder;

async function answer(request: ParquetRequest): Promise<ParquetReply> {
  try {
    if (request.kind === "open") {
      decoder = new ParquetDecoder(request.name, request.footer, request.size, request.field);
      return { kind: "opened", groups: decoder.groups };
    }
    const { group, bytes, start, end } = request;
    if (bytes !== null) decoder.load(group, bytes);
    return { kind: "decoded", rows: await decoder.rows(start, end) };
  } catch (error) {
    return { kind: "failed", message: messageOf(error) };
  }
}

answerRequests(answer, () => []);
