/**
 * Flags of models that do not say all of themselves.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { readFlags } from "../../lib/cli/flags.ts";
import { noteOnce, TOLD_FLAGS, toldByFlags, WEIGHTS_FLAG } from "../../lib/cli/model_flags.ts";
import { model } from "../../lib/cli/names.ts";
import { ConfigError } from "../../lib/errors.ts";

const COMMAND = {
  name: "sample",
  doc: "Samples.",
  flags: { ...TOLD_FLAGS, weights: WEIGHTS_FLAG },
};

const read = (...argv: string[]) => readFlags(COMMAND, argv)!.flags;

Deno.test("toldByFlags() tells what was given, and nothing else", () => {
  assertEquals(toldByFlags(read()), {});
  assertEquals(toldByFlags(read("--logit-cap", "none", "--length=128")), {
    logitCap: null,
    length: 128,
  });
  assertEquals(toldByFlags(read("--logit-cap", "30", "--tokenizer", "gpt2", "--kind", "psd")), {
    logitCap: 30,
    tokenizer: "gpt2",
    kind: "psd",
  });
  for (const cap of ["0", "-1", "null", "nothing"]) {
    assertThrows(
      () => read(`--logit-cap=${cap}`),
      ConfigError,
      `--logit-cap: expected a number greater than 0, or none, found "${cap}"`,
    );
  }
  assertThrows(() => read("--tokenizer", "llama"), ConfigError, "ids");
});

Deno.test("WEIGHTS_FLAG takes an average of a decay", () => {
  assertEquals(read().weights, "ema");
  for (const weights of ["ema", "model", "ema:0.999", "ema:.5", "ema:1", "ema:0"]) {
    assertEquals(read("--weights", weights).weights, weights);
  }
  for (const weights of ["emma", "ema:", "ema:2", "ema:x", "ema:0.9e1", "teacher"]) {
    assertThrows(
      () => read("--weights", weights),
      ConfigError,
      '--weights: expected "ema", "model"',
    );
  }
});

Deno.test("noteOnce() shows a note once", () => {
  let shown = "";
  const note = noteOnce((text) => shown += text);
  note("a says nothing.");
  note("b says nothing.");
  note("a says nothing.");
  assertEquals(shown, "Note: a says nothing.\nNote: b says nothing.\n");
});

Deno.test("model() takes files, addresses and names on the hub besides runs", () => {
  const field = model();
  const path = "tests/golden/ckpt/tiny_flm.ckpt";
  assertEquals(field.fromText(path), path);
  assertEquals(field.fromText("hf:me/mine@main:a.ckpt"), "hf:me/mine@main:a.ckpt");
  assertEquals(field.fromText("https://example.org/a.ckpt"), "https://example.org/a.ckpt");
  assertEquals(field.fromText("nowhere/none.ckpt"), "nowhere/none.ckpt");
  assertThrows(() => field.fromText("no-such-run"), ConfigError, 'There is no run "no-such-run".');
});
