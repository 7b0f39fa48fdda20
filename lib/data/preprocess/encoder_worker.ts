/**
 * A tokenizing worker; see encoder_pool.ts.
 *
 * @module
 */
import type { DetokenizerName } from "../../config/config.ts";
import { messageOf } from "../../errors.ts";
import { createDetokenizer } from "../../text/detokenizer.ts";
import { createTokenizer } from "../../text/create_tokenizer.ts";
import { BatchEncoder, type EncodedBatch, type TextJob } from "./text_encoder.ts";
import { answerRequests } from "../worker_thread.ts";

/** What a worker is asked. */
export type WorkerRequest =
  | {
    /** Make a tokenizer; comes first. */
    kind: "begin";
    /** Which one. */
    setup: {
      /** The name that configurations use. */
      tokenizer: string;
      /** Where its vocabulary is, if in a file. */
      tokenizerFile: string | null;
      /** What its fingerprint must be. */
      fingerprint: string;
      /** What texts pass before they are tokenized, if anything. */
      detokenizer: DetokenizerName | null;
    };
  }
  | {
    /** Encode a batch. */
    kind: "encode";
    /** The texts. */
    job: TextJob;
  };

/** What it answers, once for each request. */
export type WorkerReply =
  | {
    /** The tokenizer is made. */
    kind: "ready";
  }
  | {
    /** The batch is encoded. */
    kind: "encoded";
    /** Its tokens. */
    batch: EncodedBatch;
  }
  | {
    /** The request failed. */
    kind: "failed";
    /** Why, for people. */
    message: string;
  };

let encoder: BatchEncoder;

async function begin(
  { tokenizer, tokenizerFile, fingerprint, detokenizer }: Extract<
    WorkerRequest,
    { kind: "begin" }
  >["setup"],
): Promise<WorkerReply> {
  const own = await createTokenizer(tokenizer, { file: tokenizerFile });
  if (own.fingerprint !== fingerprint) {
    return {
      kind: "failed",
      message: `The tokenizer ${tokenizer} of a worker is not the one that was given: its ` +
        `fingerprint is ${own.fingerprint}, expected ${fingerprint}.`,
    };
  }
  encoder = new BatchEncoder(own, detokenizer && createDetokenizer(detokenizer));
  return { kind: "ready" };
}

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    if (request.kind === "begin") return await begin(request.setup);
    return { kind: "encoded", batch: encoder.encode(request.job) };
  } catch (error) {
    return { kind: "failed", message: messageOf(error) };
  }
}

answerRequests(
  answer,
  (reply) => reply.kind === "encoded" ? [reply.batch.ids.buffer, reply.batch.ends.buffer] : [],
);
