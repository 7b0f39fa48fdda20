/**
 * Training on a text, from the text to a model that writes.
 *
 * @module
 */

import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { listCheckpoints } from "../checkpoint/run_folder.ts";
import {
  type Config,
  type ModelConfig,
  parseConfig,
  type TokenizerName,
} from "../config/config.ts";
import { textCorpus } from "../data/corpora/text_corpus.ts";
import { preprocess } from "../data/preprocess/preprocess.ts";
import { shardsHash } from "../data/preprocess/shards_hash.ts";
import { ConfigError, DataError } from "../errors.ts";
import { Gpu } from "../gpu/gpu.ts";
import type { Method } from "../methods/base/method.ts";
import { learnsFromData, methodOf, methods } from "../methods/table.ts";
import { trainRun } from "../methods/train_run.ts";
import { describeValue, integer } from "../schema/field.ts";
import { requireKnownOptions } from "../schema/known_options.ts";
import { requireFolderName } from "../system/location.ts";
import { tokenizerToMakeShards } from "../text/create_tokenizer.ts";
import { FlowLanguageModel } from "./flow_language_model.ts";

/** The method unless told. */
const METHOD = "flm";
/** What the corpus is called. */
const NAME = "text";

/**
 * Options of {@linkcode trainText}; the defaults make a small model in a minute or two.
 *
 * @example A smaller network in a folder that is kept
 * ```ts
 * import { trainText, type TrainTextOptions } from "@flm/flm";
 *
 * const options: TrainTextOptions = {
 *   folder: "runs/small",
 *   numSteps: 2,
 *   length: 16,
 *   model: { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16 },
 * };
 * using model = await trainText(await Deno.readTextFile("mine.txt"), options);
 * console.log(model.state.step);
 * ```
 */
export interface TrainTextOptions {
  /**
   * The folder of the run, which other programs can sample from. A call that is stopped by `signal`
   * leaves a checkpoint there, and the next one goes on from it; a program that ends otherwise, by
   * Ctrl-C say, leaves the last of those that are written every 100 steps. Unless told, a temporary
   * folder that is removed at the end.
   */
  folder?: string;
  /** The method, one that learns from text alone; `flm` unless told. */
  method?: string;
  /** Steps of training; 300 unless told. */
  numSteps?: number;
  /** Blocks of text in a step; 32 unless told. */
  batchSize?: number;
  /** Tokens in a block, which is what the model writes; 32 unless told. */
  length?: number;
  /** How text becomes tokens; `text8`, the letters a to z and the space, unless told. */
  tokenizer?: TokenizerName;
  /** Tokens to learn from the text, 256 or more: for `bpe`, which needs it, and no other. */
  vocabSize?: number;
  /** What is different about the network: 3 blocks of width 96 with 3 heads unless told. */
  model?: Partial<ModelConfig>;
  /** Learning rate after the first tenth of the steps; 2e-3 unless told. */
  lr?: number;
  /** Seed of weights, batches and noise; 1 unless told. */
  seed?: number;
  /** The device to use; one is opened, and closed with the model, unless given. */
  gpu?: Gpu;
  /** Called every few steps. */
  onProgress?: (progress: TrainTextProgress) => void;
  /**
   * Stops the training after the steps under way, with a checkpoint in `folder`; it then throws the
   * signal's reason. Ctrl-C is no such signal by itself: see `examples/train_on_my_text.ts`.
   */
  signal?: AbortSignal;
}

/**
 * How far {@linkcode trainText} has come.
 *
 * @example Stop when the loss is low enough
 * ```ts
 * import { trainText, type TrainTextProgress } from "@flm/flm";
 *
 * const stop = new AbortController();
 * const onProgress = ({ step, numSteps, loss }: TrainTextProgress) => {
 *   console.log(`${step} of ${numSteps}: ${loss}`);
 *   if (loss < 1) stop.abort(new Error("low enough"));
 * };
 * const text = await Deno.readTextFile("mine.txt");
 * using model = await trainText(text, { numSteps: 2, onProgress, signal: stop.signal });
 * console.log(model.state.step);
 * ```
 */
export interface TrainTextProgress {
  /** Steps done. */
  step: number;
  /** Steps to do. */
  numSteps: number;
  /** The loss of the last step, in nats a token. */
  loss: number;
}

/** The names of all options. */
const NAMES: Readonly<Record<keyof TrainTextOptions, true>> = {
  folder: true,
  method: true,
  numSteps: true,
  batchSize: true,
  length: true,
  tokenizer: true,
  vocabSize: true,
  model: true,
  lr: true,
  seed: true,
  gpu: true,
  onProgress: true,
  signal: true,
};

/**
 * Trains a flow language model on a text and gives it back, ready to write. Some thousand
 * characters are enough to see it learn; what it writes gets better with more text and more steps.
 *
 * @example Train on a string and write with what came of it
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { trainText } from "@flm/flm";
 *
 * using model = await trainText("so it goes and so it went ".repeat(100), { numSteps: 2 });
 * const [sample] = await model.sample({ numSteps: 8 });
 * assertEquals(sample!.tokens.length, 32);
 * ```
 *
 * @param text The text, with blank lines between documents; or a list of documents.
 * @throws {ConfigError} if an option is unknown or out of its range, or the method makes nothing of
 * a text alone that writes.
 * @throws {DataError} if the text is too short for two blocks, or another one than the folder's run
 * was trained on.
 * @throws {GpuError} if there is no adapter, or it fails.
 */
export async function trainText(
  text: string | readonly string[],
  options: TrainTextOptions = {},
): Promise<FlowLanguageModel> {
  requireKnownOptions(options, NAMES, "trainText()", ConfigError);
  const { gpu } = options;
  if (options.folder !== undefined) {
    requireFolderName(options.folder, "the folder of the run", ConfigError);
  }
  requireWritingMethod(options.method ?? METHOD);
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "flm-" });
  try {
    await train(text, { ...options, folder });
    return await FlowLanguageModel.load(folder, { ...(gpu && { gpu }) });
  } finally {
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  }
}

/** Makes the shards of a text and trains on them, or goes on. */
async function train(
  text: string | readonly string[],
  options: TrainTextOptions & { folder: string },
): Promise<void> {
  const { folder, signal, onProgress } = options;
  const config = configOf(options);
  const { data, train: { numSteps } } = config;
  const [corpus, tokenizer] = [textCorpus(NAME, text), await tokenizerToMakeShards(data)];
  const resume = (await listCheckpoints(folder)).length > 0;
  // The shards that the run rests on are not replaced by others, of which it makes nothing.
  if (resume) await requireText(folder, await shardsHash(await corpus.identity(), tokenizer, data));
  await preprocess(corpus, tokenizer, { ...data, ...(signal && { signal }) });
  using own = options.gpu === undefined ? await Gpu.open() : undefined;
  await trainRun({
    gpu: options.gpu ?? own!,
    config,
    run: folder,
    resume,
    onSteps: ({ step, loss }) => onProgress?.({ step, numSteps, loss }),
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
}

/** @throws {DataError} if a run has learned from another text, or from other tokens of it. */
async function requireText(folder: string, hash: string): Promise<void> {
  const { state: { dataHash } } = await Checkpoint.open(folder);
  if (dataHash === hash) return;
  throw new DataError(
    `The run in ${folder} was trained on another text, or with another tokenizer, vocabSize or ` +
      `length. Go on with the same ones, or name another folder.`,
  );
}

/** Checks that a method makes, of text alone, what writes. @throws {ConfigError} */
function requireWritingMethod(kind: string): void {
  const isFit = (method: Method) => method.writer !== null && learnsFromData(method);
  const method = methodOf(kind);
  if (isFit(method)) return;
  const fault = method.writer === null
    ? `makes models that do not write (${method.title})`
    : `learns from trained models, too (${Object.values(method.learnsFrom).join(", ")})`;
  const fit = methods().filter(isFit).map((each) => each.kind);
  throw new ConfigError(
    `trainText() makes a model that writes, of a text alone, but the method ${kind} ${fault}. ` +
      `Choose one of ${fit.join(", ")}, or use trainRun().`,
  );
}

function configOf(
  {
    folder,
    method = METHOD,
    numSteps = 300,
    batchSize = 32,
    length = 32,
    tokenizer = "text8",
    vocabSize,
    model,
    lr = 2e-3,
    seed = 1,
  }: TrainTextOptions,
): Config {
  // Other settings are made of it, and would be named beside it.
  const steps = integer({ min: 1 });
  if (steps.check(numSteps) === undefined) {
    throw new ConfigError(
      `trainText(): numSteps: expected ${steps.expected}, found ${describeValue(numSteps)}`,
    );
  }
  const tenth = Math.ceil(numSteps / 10);
  return parseConfig({
    name: NAME,
    method,
    seed,
    data: {
      source: { kind: "text", name: NAME },
      tokenizer,
      ...(vocabSize !== undefined && { vocabSize }),
      length,
      validationFraction: 0.1,
      dir: `${folder}/shards`,
    },
    model: { hiddenSize: 96, numBlocks: 3, numHeads: 3, condDim: 96, dropout: 0, ...model },
    train: { numSteps, batchSize, evalBatches: 1, checkpointEvery: 100, logEvery: 10 },
    optim: {
      lr,
      weightDecay: 0,
      warmupSteps: tenth,
      decaySteps: Math.floor(numSteps / 2),
      // A short run needs a short memory.
      emaDecay: Math.max(0.5, 1 - 3 / numSteps),
    },
  });
}
