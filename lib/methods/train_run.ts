/**
 * Training runs by method.
 *
 * @module
 */

import type { Frozen } from "../checkpoint/frozen.ts";
import { keyInWords } from "../config/key_names.ts";
import { ConfigError } from "../errors.ts";
import type { RunTrainingOptions } from "../train/run_hooks.ts";
import type { TrainRunResult } from "../train/training_loop.ts";
import type { RunSizes } from "../train/run_ways.ts";
import type { Training } from "../train/training.ts";
import type { Method, TrainingInputs } from "./base/method.ts";
import { methodTraining, requireNoTexts } from "./base/method_training.ts";
import { requireOptions } from "./base/options.ts";
import { methodOf } from "./table.ts";

/**
 * What {@linkcode trainRun} needs.
 *
 * @example Go on with a run, if there is one
 * ```ts
 * import { Gpu, parseConfig, trainRun, type TrainRunOptions } from "@flm/flm";
 *
 * const config = parseConfig({
 *   name: "mine",
 *   data: { source: { kind: "file", path: "mine.txt" }, length: 32, dir: "shards/mine" },
 *   model: { hiddenSize: 64, numBlocks: 2, numHeads: 2 },
 *   train: { numSteps: 1000, batchSize: 32 },
 * });
 * using gpu = await Gpu.open();
 * const options: TrainRunOptions = { gpu, config, run: "runs/mine", resume: true };
 * await trainRun(options).catch((error) => console.log(error.message));
 * ```
 */
export interface TrainRunOptions extends Omit<RunTrainingOptions, "training" | "tune"> {
  /** What is trained; the configuration's `method` unless given. */
  method?: Method;
  /** The frozen models that it learns from, by what they are to it; none unless given. */
  frozen?: Readonly<Record<string, Frozen>>;
  /** Finds the ways of the run's products, if it is given: see `autotuner()`. */
  tune?: Tune;
}

/** A run whose products are to be tuned. */
export interface RunToTune extends RunSizes {
  /** By which method it is trained. */
  readonly method: Method;
}

/** Finds the ways of the products of a run. */
export type Tune = (run: RunToTune) => Promise<void>;

/**
 * Trains a model, or goes on training it. A run that is at its end already stays as it is,
 * but for what its last checkpoint replaces, if it was killed before it could remove that.
 *
 * @example Train on the token shards of a text
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createTokenizer, Gpu, parseConfig, preprocess, textCorpus, trainRun } from "@flm/flm";
 *
 * const corpus = textCorpus("verses", "so it goes and so it went ".repeat(20));
 * const config = parseConfig({
 *   name: "verses",
 *   data: { source: corpus.location, length: 16, dir: "shards/trained" },
 *   model: { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16 },
 *   train: { numSteps: 2, batchSize: 4 },
 * });
 * await preprocess(corpus, await createTokenizer("text8"), config.data);
 * using gpu = await Gpu.open();
 * const { step } = await trainRun({ gpu, config, run: "runs/trained", resume: false });
 * assertEquals(step, 2);
 * ```
 *
 * @throws {ConfigError} if there is no such method, or a model that it learns from is not given.
 * @throws {FlmError} as {@linkcode runTraining}.
 */
export async function trainRun(
  { method, frozen = {}, tune, ...options }: TrainRunOptions,
): Promise<TrainRunResult> {
  const { config } = options;
  const chosen = method ?? methodOf(config.method);
  requireOptions(config, chosen);
  requireNoTexts(config, chosen);
  const teachers = teachersOf(chosen, frozen);
  // Who only writes text starts without it.
  const { runTraining } = await import("../train/run.ts");
  return await runTraining({
    ...options,
    ...(tune && { tune: (sizes: RunSizes) => tune({ ...sizes, method: chosen }) }),
    training: (tokenizer) => trainingOf(chosen, { config, tokenizer, frozen: teachers }),
  });
}

/** The whole training: what the method makes of its inputs, and what it says of itself. */
export function trainingOf(method: Method, inputs: TrainingInputs): Training {
  const { kind, section, isCrossEntropy, networkClass, writer } = method;
  const { config, frozen } = inputs;
  const held = writer?.needsTeacher ? frozen["teacher"] : undefined;
  const lengths = methodTraining(config, method);
  if (lengths.train.precision === "mixed") {
    for (const { network } of Object.values(frozen)) network.parameters.keepHalves();
  }
  return {
    ...method.training(inputs),
    ...{ kind, section, isCrossEntropy, networkClass },
    ...lengths,
    teachers: frozen,
    ...(held && { heldTeacher: held.network }),
  };
}

/** Those of the models given that a method learns from. @throws {ConfigError} if one is missing. */
function teachersOf(
  { kind, learnsFrom }: Method,
  given: Readonly<Record<string, Frozen>>,
): Record<string, Frozen> {
  return Object.fromEntries(
    Object.entries(learnsFrom).map(([role, teacherKind]) => {
      const found = given[role];
      if (found !== undefined) return [role, found];
      throw new ConfigError(
        `The method ${kind} learns from a trained model of the kind "${teacherKind}", its ` +
          `${keyInWords(role)}, and none is given. Load it by loadTeachers() and give it as ` +
          `frozen.${role}, or choose a method that learns from text alone.`,
      );
    }),
  );
}
