/**
 * Tests of reading back what a preprocessing goes on from.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type PreprocessState, readState } from "../../../lib/data/preprocess/state.ts";
import { DataError } from "../../../lib/errors.ts";
import { pathsOf, UNEXPECTED_VALUES, withValueAt } from "../../testing/json_damage.ts";

const DOCUMENT = { name: "progress.json", error: DataError, advice: "Begin anew." };
const INPUTS = {
  configHash: "c",
  parts: { train: [], validation: null },
  vocabSize: 3,
  length: 5,
};
const STATE: PreprocessState = {
  configHash: "c",
  plan: {
    firstValidationDocument: 9,
    firstValidationBlock: null,
    documents: 10,
    bytes: null,
  },
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
    counts: [1, 2, 3],
    lengths: [0, 3],
  },
};

Deno.test("readState() gives back what was saved, and nothing of other inputs", () => {
  const source = JSON.stringify(STATE);
  assertEquals(readState(source, INPUTS, DOCUMENT), STATE);
  assertEquals(readState(source, { ...INPUTS, configHash: "d" }, DOCUMENT), null);
  assertEquals(readState('{"configHash": "d"}', INPUTS, DOCUMENT), null);
});

Deno.test("readState() throws nothing but DataError, whatever stands in place of a value", () => {
  for (const path of pathsOf(STATE)) {
    for (const text of UNEXPECTED_VALUES) {
      try {
        readState(withValueAt(STATE, path, text), INPUTS, DOCUMENT);
      } catch (error) {
        assert(error instanceof DataError, `${path}: ${error}`);
        assert(
          error.message.startsWith("Cannot read progress.json: ") ||
            error.message.includes("damaged"),
        );
        assert(error.message.length < 400, error.message);
      }
    }
  }
});
