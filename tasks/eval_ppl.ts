/**
 * Measures how well models know the clean tokens of validation data:
 * `deno task eval-ppl --checkpoint RUN [--checkpoint RUN ...]`.
 *
 * @module
 */

import { parseCommandLine, repeated } from "../lib/cli/args.ts";
import { formatNumber } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { path, shownPath } from "../lib/cli/paths.ts";
import { Progress } from "../lib/cli/progress.ts";
import { print } from "../lib/cli/stdout.ts";
import { taskCommand } from "../lib/io/task_command.ts";
import { integer, oneOf } from "../lib/schema/field.ts";
import { openShards } from "../lib/data/shards.ts";
import { CheckpointError } from "../lib/errors.ts";
import { timeGridLoss } from "../lib/eval/time_grid_loss.ts";
import type { ValidationLoss } from "../lib/eval/validation.ts";
import { FlowLanguageModel } from "../lib/flow_language_model.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { writeJsonFile } from "../lib/io/json_file.ts";
import type { ModelKind } from "../lib/train/checkpoint_state.ts";
import { requireTrainedShards } from "../lib/train/trained_shards.ts";
import { refuseLinksOut } from "../lib/io/links.ts";
import { MODEL_TITLES } from "./report/table.ts";
import { type Table, textTable } from "./report/text_table.ts";
import { RUNS } from "./training.ts";

/** How a model is measured. */
export interface EvalPplSettings {
  /** Which weights. */
  readonly weights: "ema" | "model";
  /** Validation blocks, from the first on. */
  readonly numBlocks: number;
  /** Times of the grid. */
  readonly numTimes: number;
  /** Seed of the noise. */
  readonly seed: number;
}

/** What the file of a run holds. */
export interface EvalPpl extends ValidationLoss {
  /** What the file is. */
  format: "flm-eval-ppl";
  /** The version of this layout. */
  version: 1;
  /** The kind of the model. */
  model: ModelKind;
  /** The checkpoint's optimisation step. */
  step: number;
  /** Hash of what the token shards depend on: only losses on the same data can be compared. */
  dataHash: string;
  /** How it was measured; of the blocks, as many as there are. */
  settings: EvalPplSettings;
  /** The adapter. */
  adapter: string;
}

/** The file of a run for the weights that were measured. */
export function evalPplFile(run: string, weights: EvalPplSettings["weights"]): string {
  return `${run}/eval-ppl${weights === "ema" ? "" : `-${weights}`}.json`;
}

/**
 * Measures the newest checkpoint of a run on the validation split of its shards, and writes the
 * file.
 *
 * @throws {CheckpointError} if there is no checkpoint, or it is no denoiser.
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function evalPpl(
  gpu: Gpu,
  run: string,
  { weights, numBlocks, numTimes, seed }: EvalPplSettings,
  batchSize: number,
): Promise<EvalPpl> {
  using model = await FlowLanguageModel.load(run, { gpu, weights });
  const { state } = model;
  const { kind, step, config: { data } } = state;
  if (kind !== "flm" && kind !== "psd") throw notDenoiser(run, kind);
  const { network, schedule, tokenizer } = model;
  using shards = await openShards(data.dir, { tokenizer, length: network.config.length });
  requireTrainedShards(shownPath(run), state, shards.manifest);
  const blocks = shards.blocks("validation");
  const padId = data.packing === "padded" ? tokenizer.padId : null;
  using interrupt = new Interrupt();
  let bar: Progress | undefined;
  try {
    const loss = await timeGridLoss({
      ...{ model: network, schedule, blocks, numBlocks, numTimes, seed, padId, batchSize },
      signal: interrupt.signal,
      onProgress(done, total) {
        bar ??= new Progress({ label: shownPath(run), total });
        bar.update(done);
      },
    });
    bar?.finish();
    const result: EvalPpl = {
      ...{ format: "flm-eval-ppl", version: 1, model: kind, step },
      dataHash: shards.manifest.configHash,
      settings: { weights, numBlocks: loss.numSamples, numTimes, seed },
      ...loss,
      adapter: gpu.adapterName,
    };
    await writeJsonFile(evalPplFile(run, weights), result);
    return result;
  } finally {
    bar?.[Symbol.dispose]();
  }
}

function notDenoiser(run: string, kind: ModelKind): CheckpointError {
  return new CheckpointError(
    `The run ${run} holds a ${MODEL_TITLES[kind]}, which says nothing of the clean tokens at one ` +
      `time: expected an ${MODEL_TITLES.flm} or a ${MODEL_TITLES.psd}. Give the run of its ` +
      `teacher instead.`,
  );
}

/** The results as a table. */
export function evalPplTable(results: readonly { run: string; found: EvalPpl }[]): Table {
  const quarters = ["0–¼", "¼–½", "½–¾", "¾–1"];
  return {
    head: ["run", "step", "nats/token", "±", ...quarters.map((part) => `t ${part}`)],
    rows: results.map(({ run, found }) => [
      shownPath(run),
      String(found.step),
      ...[found.loss, found.standardError].map(formatNumber),
      // A coarse grid leaves quarters empty.
      ...found.byTime.map((value) => Number.isFinite(value) ? formatNumber(value) : ""),
    ]),
  };
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine({
      name: taskCommand("eval-ppl"),
      doc: "Measures the cross-entropy of validation tokens over an even grid of times: a number " +
        "to compare runs by, a function of weights, data, seed and grid alone.",
      flags: {
        checkpoint: repeated(path({ doc: "The model's run.", expected: "a run folder" })),
        weights: oneOf(["ema", "model"], {
          doc: "The weights' running average, or those of the last step.",
          fallback: "ema",
        }),
        numBlocks: integer({ doc: "Validation blocks to measure.", min: 1, fallback: 64 }),
        numTimes: integer({ doc: "Times in the grid.", min: 1, fallback: 64 }),
        seed: integer({ doc: "Seed of the noise.", min: 0, fallback: 0 }),
        batchSize: integer({
          doc: "Samples in one pass; changes nothing but the speed.",
          min: 1,
          fallback: 32,
        }),
      },
    });
    const { checkpoint, batchSize, ...settings } = flags;
    using gpu = await Gpu.open();
    const results: { run: string; found: EvalPpl }[] = [];
    for (const run of checkpoint) {
      await refuseLinksOut(run, RUNS);
      results.push({ run, found: await evalPpl(gpu, run, settings, batchSize) });
    }
    print(textTable(evalPplTable(results)));
    const { numBlocks } = results[0]!.found.settings;
    print(`${numBlocks} validation blocks at ${flags.numTimes} times each`);
    if (new Set(results.map(({ found }) => found.dataHash)).size > 1) {
      print("The runs have different data: their figures cannot be compared.");
    }
  });
}
