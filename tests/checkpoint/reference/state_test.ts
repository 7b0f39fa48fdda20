/**
 * What is known of models of the reference.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dataOf } from "../../../lib/checkpoint/reference/data.ts";
import { readHints } from "../../../lib/checkpoint/reference/hints.ts";
import { algorithmOf, kindOf } from "../../../lib/checkpoint/reference/kinds.ts";
import { referenceNames } from "../../../lib/checkpoint/reference/names.ts";
import { readOwnState } from "../../../lib/checkpoint/reference/own_state.ts";
import { nameOf } from "../../../lib/checkpoint/reference/state.ts";
import { tokenizerName } from "../../../lib/checkpoint/reference/tokenizers.ts";
import { CheckpointError } from "../../../lib/errors.ts";

Deno.test("nameOf() makes the name of a run of any source", () => {
  const cases = {
    "hf:david/FLM-B-LM1B": "FLM-B-LM1B",
    "hf:david/FLM-B-LM1B@v1.0": "FLM-B-LM1B",
    "hf:david/FLM-B:last step.ckpt": "last-step",
    "https://example.org/a/model.ckpt?token=x": "model",
    "/tmp/my model/": "my-model",
    "C:\\models\\x.ckpt": "x",
    "...": "model",
  };
  for (const [source, name] of Object.entries(cases)) assertEquals(nameOf(source), name, source);
});

Deno.test("tokenizerName() goes by what a model says, if it can be, and by its size", () => {
  assertEquals(tokenizerName(50258, "gpt2", undefined), "gpt2");
  assertEquals(tokenizerName(50258, "openai-community/gpt2-large", undefined), "gpt2");
  assertEquals(tokenizerName(50258, undefined, undefined), "gpt2");
  assertEquals(tokenizerName(30522, "/home/me/bert-base-uncased/", undefined), "bert-base-uncased");
  assertEquals(tokenizerName(30522, "mine", undefined), "bert-base-uncased");
  assertEquals(tokenizerName(30, "text8", undefined), "text8");
  // One that has another size cannot be it.
  assertEquals(tokenizerName(37, "gpt2", undefined), null);
  assertEquals(tokenizerName(50257, undefined, undefined), null);
  assertEquals(tokenizerName(37, "gpt2", "ids"), "ids");
});

Deno.test("kindOf() and algorithmOf() are each other's way back", () => {
  for (const kind of ["flm", "psd", "semigroup", "second_stage"]) {
    const algorithm = algorithmOf(kind, "a run");
    const hints = { algorithm, doubleTemb: kind !== "flm" };
    assertEquals(kindOf("a file", hints), { kind, isAssumed: false });
  }
  assertEquals(kindOf("a", { algorithm: undefined, doubleTemb: false }).kind, "flm");
  assertEquals(kindOf("a", { algorithm: undefined, doubleTemb: true }), {
    kind: "psd",
    isAssumed: true,
  });
  assertThrows(
    () => kindOf("a", { algorithm: "flm", doubleTemb: true }),
    CheckpointError,
    "but its network has two times",
  );
});

Deno.test("dataOf() knows the paper's data by tokenizer and length", () => {
  const given = { name: "mine", tokenizer: "bert-base-uncased", length: 128, dir: undefined };
  assertEquals(dataOf(given).dir, "shards/lm1b");
  assertEquals(dataOf({ ...given, dataset: "lm1b-wrap" }).detokenizer, "lm1b");
  assertEquals(dataOf({ ...given, dataset: "wikitext" }).dir, "shards/mine");
  assertEquals(dataOf({ ...given, length: 64 }).source, { kind: "text", name: "mine" });
  assertEquals(dataOf({ ...given, dir: "shards/other", wrap: false }).dir, "shards/other");
  assertEquals(dataOf({ ...given, wrap: false }).packing, "padded");
  const owt = { ...given, tokenizer: "gpt2", length: 1024 };
  assertEquals(dataOf(owt).validationDocuments, 100000);
});

Deno.test("readHints() reads nested and flat keys, and names one that cannot be", () => {
  const nested = {
    algo: { name: "flm", double_temb: false },
    model: { n_heads: 4, dropout: 0, hidden_size: null },
    data: { train: "lm1b", wrap: true },
    training: { ema: 0.999 },
  };
  assertEquals(readHints(nested, "a"), {
    algorithm: "flm",
    numHeads: 4,
    dropout: 0,
    doubleTemb: false,
    dataset: "lm1b",
    wrap: true,
    emaDecay: 0.999,
  });
  assertEquals(readHints({ hidden_dim: 8, logit_cap: null, model: "dit" }, "a"), {
    hiddenSize: 8,
    logitCap: null,
  });
  assertEquals(readHints(undefined, "a"), {});
  assertThrows(
    () => readHints({ model: { dropout: 1.5 } }, "config.json"),
    CheckpointError,
    "Cannot read config.json: model.dropout: expected a number of at least 0 and less than 1, found 1.5",
  );
});

Deno.test("referenceNames() sorts tensors, and keeps their order", () => {
  const { model, teacher, frequencies } = referenceNames("a", [
    "backbone._orig_mod.b",
    "backbone._orig_mod.rotary_emb.inv_freq",
    "backbone._orig_mod.a",
    "teacher_model.backbone.b",
    "teacher_model._orig_mod.backbone.a",
    "teacher_model.backbone.rotary_emb.inv_freq",
  ]);
  assertEquals([...model.keys()], ["b", "a"]);
  assertEquals([...teacher.keys()], ["b", "a"]);
  assertEquals(frequencies, "backbone._orig_mod.rotary_emb.inv_freq");
});

Deno.test("readOwnState() refuses what it does not know", async () => {
  const complains = (value: unknown, message: string) =>
    assertRejects(() => readOwnState(value, "config.json"), CheckpointError, message);
  const format = "flm-model";
  await complains({ format: "other", version: 1 }, "format: expected");
  await complains({ format, version: 2 }, "its version is 2, this program reads 1");
  await complains({ format, version: 1, weights: "best", state: {} }, 'weights: expected "ema"');
  await complains({ format, version: 1, weights: "ema", state: {} }, "config.json");
});
