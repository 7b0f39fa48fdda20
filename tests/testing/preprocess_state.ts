/**
 * What a preprocessing goes on from, and the inputs that it belongs to.
 *
 * @module
 */

import type { PreprocessState } from "../../lib/data/preprocess/state.ts";

/** A preprocessing of which some documents are done. */
export const PREPROCESS_STATE: PreprocessState = {
  configHash: "c",
  plan: { firstValidationDocument: 9, firstValidationBlock: null, documents: 10, bytes: null },
  cursor: { parts: "train", part: 0, documents: 3, read: 3 },
  split: "train",
  packer: { tokens: [2, 1], texts: 3 },
  writers: {
    train: {
      shards: [{ file: "train-00000.bin", blocks: 2, bytes: 20, sha256: "0".repeat(64) }],
      openBytes: 10,
    },
    validation: { shards: [], openBytes: 0 },
  },
  statistics: {
    documents: { train: 3, validation: 0 },
    read: 3,
    faults: 0,
    bytes: 12,
    emptyBytes: 0,
    cutOff: 2,
    counts: [1, 2, 3],
    lengths: [0, 3],
  },
};

/** Its inputs. */
export const PREPROCESS_INPUTS = {
  configHash: PREPROCESS_STATE.configHash,
  parts: { train: [], validation: null },
  vocabSize: 3,
  length: 5,
};
