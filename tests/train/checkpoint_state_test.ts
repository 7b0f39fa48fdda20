/**
 * What is said of a state.json that is not one.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { parseCheckpointState } from "../../lib/train/checkpoint_state.ts";

const STATE = {
  format: "flm-checkpoint",
  version: 1,
  kind: "flm",
  step: 7,
  model: {
    vocabSize: 29,
    length: 12,
    hiddenSize: 32,
    numBlocks: 1,
    numHeads: 2,
    condDim: 16,
    dropout: 0.1,
    doubleTemb: false,
    learnableLossWeighting: false,
    logitCap: null,
  },
  tokenizer: { name: "text8", fingerprint: "0a1b" },
};

function complains(text: string, reason: string): void {
  assertThrows(
    () => parseCheckpointState(text, "run/state.json"),
    CheckpointError,
    `Cannot read run/state.json: ${reason}`,
  );
}

Deno.test("parseCheckpointState() reads what a checkpoint writes", () => {
  const { step, model } = parseCheckpointState(JSON.stringify(STATE), "run/state.json");
  assertEquals<unknown>([step, model], [7, STATE.model]);
});

Deno.test("parseCheckpointState() wants a teacher that fits of a flow map, and only of it", () => {
  for (const kind of ["second_stage", "psd"]) {
    const state = { ...STATE, kind };
    assertEquals<unknown>(parseCheckpointState(JSON.stringify(state), "run/state.json"), state);
  }
  const read = (teacher: unknown) => JSON.stringify({ ...STATE, kind: "flow_map", teacher });
  const teacher = { ...STATE.model, numBlocks: 3 };
  assertEquals<unknown>(
    parseCheckpointState(read(teacher), "run/state.json").teacher,
    teacher,
  );
  complains(read(undefined), '"teacher.vocabSize" is undefined, expected a whole number');
  complains(read({ ...teacher, numHeads: 5 }), '"teacher.hiddenSize" is 32, not a multiple of 4');
  complains(
    read({ ...teacher, vocabSize: 30 }),
    '"teacher.vocabSize" is 30, but "model.vocabSize" is 29',
  );
  complains(read({ ...teacher, length: 13 }), '"teacher.length" is 13, but "model.length" is 12');
  complains(
    read({ ...teacher, hiddenSize: 64 }),
    '"teacher.hiddenSize" is 64, but "model.hiddenSize" is 32',
  );
});

Deno.test("parseCheckpointState() throws when the text is no state of a checkpoint", () => {
  complains(JSON.stringify(STATE).slice(0, 40), "it is not JSON (");
  complains("", "it is not JSON (");
  for (const text of ["null", "7", "[]", `{"format":"flm-shards"}`]) {
    complains(text, "it is not the state of an flm checkpoint");
  }
});

Deno.test("parseCheckpointState() throws when a value does not fit", () => {
  const change = (path: string, value: unknown) => {
    const state = structuredClone(STATE) as Record<string, unknown>;
    const [section, key] = path.split(".");
    if (key === undefined) state[section!] = value;
    else (state[section!] as Record<string, unknown>)[key] = value;
    return JSON.stringify(state);
  };
  complains(change("version", 2), "its version is 2, this program reads 1");
  complains(change("kind", "gpt"), 'it holds a model of kind "gpt"');
  complains(change("step", 1.5), '"step" is 1.5, not a whole number');
  const size = "expected a whole number of at least 1";
  complains(change("model", undefined), `"model.vocabSize" is undefined, ${size}`);
  complains(change("model.length", 0), `"model.length" is 0, ${size}`);
  complains(change("model.hiddenSize", "32"), `"model.hiddenSize" is "32", ${size}`);
  complains(change("model.numBlocks", 2.5), `"model.numBlocks" is 2.5, ${size}`);
  complains(change("model.numHeads", 3), '"model.hiddenSize" is 32, not a multiple of 4 times its');
  complains(change("model.dropout", 1), '"model.dropout" is 1, expected a number from 0 up to');
  complains(change("model.doubleTemb", 0), '"model.doubleTemb" is 0, expected true or false');
  complains(change("model.logitCap", 0), '"model.logitCap" is 0, expected a number above 0, or');
  complains(change("tokenizer", undefined), '"tokenizer.name" is missing');
  complains(change("tokenizer.fingerprint", 3), '"tokenizer.fingerprint" is missing');
});
