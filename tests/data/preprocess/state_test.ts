/**
 * Tests of reading back what a preprocessing goes on from.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readState } from "../../../lib/data/preprocess/state.ts";
import { DataError } from "../../../lib/errors.ts";
import { pathsOf, UNEXPECTED_VALUES, withValueAt } from "../../testing/json_damage.ts";
import {
  PREPROCESS_INPUTS as INPUTS,
  PREPROCESS_STATE as STATE,
} from "../../testing/preprocess_state.ts";

const DOCUMENT = { name: "progress.json", error: DataError, advice: "Begin anew." };

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
