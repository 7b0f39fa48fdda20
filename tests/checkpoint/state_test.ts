/**
 * What is said of a state.json that is not one.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { formatCheckpointState, parseCheckpointState } from "../../lib/checkpoint/state.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { FULL_STATE, PLAIN_STATE as STATE } from "../testing/checkpoint_states.ts";

const parse = (text: string) => parseCheckpointState(text, "run/state.json");

async function complains(text: string, reason: string): Promise<void> {
  const message = `Cannot read run/state.json: ${reason}`;
  await assertRejects(() => parse(text), CheckpointError, message);
}

/** The text of a state of which one value is another; undefined leaves the key out. */
function changed(path: string, value: unknown): string {
  const state = structuredClone(STATE) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop()!;
  const section = keys.reduce((at, key) => at[key] as Record<string, unknown>, state);
  section[last] = value;
  return JSON.stringify(state);
}

Deno.test("parseCheckpointState() reads what formatCheckpointState() writes", async () => {
  const files = { "ema.safetensors": { bytes: 3, sha256: "0".repeat(64) } };
  const { checksum, ...read } = await parse(await formatCheckpointState({ ...STATE, files }));
  assertEquals(read, { ...STATE, files });
  assertEquals(checksum?.length, 64);
  const { checksum: _, ...full } = await parse(await formatCheckpointState(FULL_STATE));
  assertEquals(full, FULL_STATE);
});

Deno.test("parseCheckpointState() reads what older versions and people write", async () => {
  assertEquals(await parse(JSON.stringify(STATE)), STATE);
  const { dataHash: _hash, adapter: _adapter, ...short } = STATE;
  const more = { ...short, note: "made by hand" };
  assertEquals(await parse(JSON.stringify(more)), { ...STATE, adapter: "unknown" });
});

Deno.test("parseCheckpointState() reads configurations of older versions", async () => {
  const bound = { model: "flm", numSteps: 8, gamma: 0 } as const;
  const former = [{ ...bound, validity: null, letters: 26 }];
  const { evaluation } = (await parse(changed("config.evaluation.bounds", former))).config;
  assertEquals(evaluation.bounds, [{ ...bound, metric: "letters", min: 26, max: null }]);
  const text = await formatCheckpointState(JSON.parse(changed("config.evaluation.bounds", former)));
  assertEquals((await parse(text)).config.evaluation, evaluation);
  // Before there was a choice.
  assertEquals((await parse(JSON.stringify(STATE))).config.flow, { noise: null });
  assertEquals((await parse(changed("config.flow", undefined))).config.flow, { noise: "explicit" });
});

Deno.test("parseCheckpointState() notices any change, but not another layout", async () => {
  const files = { "ema.safetensors": { bytes: 3, sha256: "0".repeat(64) } };
  const text = await formatCheckpointState({ ...STATE, files });
  assertEquals((await parse(JSON.stringify(JSON.parse(text)))).step, 7);
  for (
    const [from, to] of [
      ['"step": 7', '"step": 6'],
      ['"dropout": 0.1', '"dropout": 0.3'],
      ['"bytes": 3', '"bytes": 2'],
      ['"name": "tiny"', '"name": "tinz"'],
      ['"checksum"', '"checksun"'],
      ['"files"', '"filet"'],
    ] as const
  ) {
    await complains(text.replace(from, to), "it is not as it was written: its SHA-256 is");
  }
});

Deno.test("parseCheckpointState() wants of a teacher that it fits", async () => {
  for (const kind of ["second_stage", "psd"] as const) {
    const state = { ...STATE, kind };
    assertEquals(await parse(JSON.stringify(state)), state);
  }
  const read = (teacher: unknown) => JSON.stringify({ ...STATE, kind: "semigroup", teacher });
  const teacher = { ...STATE.model, numBlocks: 3 };
  assertEquals((await parse(read(teacher))).teacher, teacher);
  await complains(read({ ...teacher, vocabSize: undefined }), "teacher.vocabSize is missing");
  await complains(read({ ...teacher, numHeads: 5 }), "teacher.hiddenSize is 32, not a multiple");
  await complains(read({ ...teacher, vocabSize: 31 }), "teacher.vocabSize is 31, but model.voc");
  await complains(read({ ...teacher, length: 13 }), "teacher.length is 13, but model.length is 12");
  await complains(
    read({ ...teacher, hiddenSize: 64 }),
    "teacher.hiddenSize is 64, but model.hiddenSize is 32",
  );
});

Deno.test("parseCheckpointState() reads what an older version called otherwise", async () => {
  const { distill: { boundaryOneIn: _, ...distill }, ...config } = STATE.config;
  const old = {
    ...STATE,
    kind: "flow_map",
    teacher: STATE.model,
    config: { ...config, distill: { ...distill, boundaryProb: 7 } },
  };
  const { kind, config: { distill: found } } = await parse(JSON.stringify(old));
  assertEquals([kind, found.boundaryOneIn], ["semigroup", 7]);
});

Deno.test("parseCheckpointState() throws when the text is no state of a checkpoint", async () => {
  await complains(JSON.stringify(STATE).slice(0, 40), "it is not JSON (");
  await complains("", "it is not JSON (");
  for (const text of ["null", "{}", `{"format":"flm-shards"}`]) {
    await complains(text, "it is not the state of an flm checkpoint");
  }
  for (const text of ["7", "[]"]) await complains(text, "the document: expected a mapping");
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  for (const key of ["config", "of a later version"]) {
    const text = JSON.stringify({ ...STATE, [key]: 0 }).replace(`"${key}":0`, `"${key}":${deep}`);
    await complains(text, "its lists and mappings are nested more than 500 deep");
  }
});

Deno.test("parseCheckpointState() throws when a value does not fit", async () => {
  const size = "expected an integer of at least 1";
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["version", 2, "its version is 2, this program reads 1"],
    ["kind", "GPT 2", 'kind: expected the name of a method, in lower case, found "GPT 2"'],
    ["kind", "\x1b]0;pwned\x07", 'found "\\u001b]0;pwned\\u0007"'],
    ["step", 1.5, "step: expected an integer of at least 0, found 1.5"],
    ["model", undefined, `model.vocabSize is missing: ${size}`],
    ["model.length", 2 ** 40, "model.length: expected an integer from 1 to 65536"],
    ["model.hiddenSize", "32", `model.hiddenSize: ${size}, found "32"`],
    ["model.numBlocks", 2.5, `model.numBlocks: ${size}, found 2.5`],
    ["model.numHeads", 3, "model.hiddenSize is 32, not a multiple of 4 times its"],
    ["model.dropout", 1, "model.dropout: expected a number"],
    ["model.doubleTemb", 0, "model.doubleTemb: expected true or false, found 0"],
    ["model.logitCap", 0, "model.logitCap: expected a number greater than 0, or null, found 0"],
    ["tokenizer", undefined, "tokenizer.name is missing"],
    ["tokenizer.fingerprint", 3, "tokenizer.fingerprint: expected text, found 3"],
    ["tokenizer.file", "../../etc/passwd", "tokenizer.file: expected the name of a file"],
    ["tokenizer.file", "/etc/passwd", "tokenizer.file: expected the name of a file"],
    ["tokenizer.file", "a\\b", "tokenizer.file: expected the name of a file"],
    ["tokenizer.file", ".x", "tokenizer.file: expected the name of a file"],
    ["config", undefined, "config.name is missing"],
    ["config", undefined, "by hand needs its run's configuration as config"],
    ["config.data.packing", "tight", 'config.data.packing: expected "stream" or'],
    ["config.data", 7, "config.data: expected a mapping"],
    ["files", { "a": { bytes: -1 } }, 'files["a"].bytes: expected an integer of at least 0'],
  ];
  for (const [path, value, said] of cases) {
    const error = await assertRejects(() => parse(changed(path, value)), CheckpointError);
    assertStringIncludes(error.message, said);
  }
});
