/**
 * Decodes Parquet on a thread of its own; see thread.ts.
 *
 * @module
 */
import { messageOf } from "../../../errors.ts";
import { ParquetDecoder } from "./decoder.ts";
import type { ParquetReply, ParquetRequest } from "./messages.ts";
import { answerRequests } from "../../worker_thread.ts";

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
