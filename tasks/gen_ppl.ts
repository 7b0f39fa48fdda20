/**
 * Measures how likely models' texts, or other texts, are to a judge:
 * `deno task gen-ppl RUN [RUN ...] --judge gpt2-large`, or `--samples FILE` in place of a run.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand, type FlagValues, optional, refuseFlags } from "../lib/cli/flags.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { noteOnce, toldByFlags } from "../lib/cli/model_flags.ts";
import { path } from "../lib/cli/paths.ts";
import { runRanks } from "../lib/cli/rank_main.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { printResult } from "../lib/cli/stdout.ts";
import { ConfigError } from "../lib/errors.ts";
import { sharpenedWays } from "../lib/eval/sharpened_way.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { formatted } from "../lib/io/json_file.ts";
import { integer, text } from "../lib/schema/field.ts";
import type { Communicator } from "../lib/system/communicator.ts";
import { sameCommand, taskCommand } from "../lib/system/task_command.ts";
import { findJudge } from "./gen_ppl/judge.ts";
import { measureRun, openJudged } from "./gen_ppl/measure.ts";
import { describeFile, measureFile } from "./gen_ppl/measure_file.ts";
import { ownJudge } from "./gen_ppl/own_judge.ts";
import { type GenPplResults, RESULTS_FORMAT } from "./gen_ppl/results.ts";
import { describeGenPpl } from "./gen_ppl/table.ts";
import { DRAWING_FLAGS, measuringDoc, MODEL_FLAGS, RUN_ARGUMENTS } from "./measuring/flags.ts";
import { measureRuns } from "./measuring/measure_runs.ts";

const FLAGS = {
  ...MODEL_FLAGS,
  checkpoint: { ...MODEL_FLAGS.checkpoint, fallback: [] },
  ...inGroup("input", {
    samples: optional(path({
      doc: "Texts to score in place of a model's.",
      expected: "a file .json (a list, or one under generated_seqs), .jsonl, .ndjson or .txt",
    })),
    judge: text({
      doc:
        "Who judges: a GPT-2 of the hub; a folder of its files; an autoregressive model, by its " +
        "run; or ar, the one that train-ar made of the model's recipe.",
      expected: "a name or a folder",
      fallback: "gpt2-large",
    }),
    revision: optional(text({ doc: "Branch, tag or commit of the judge on the hub." })),
  }),
  ...DRAWING_FLAGS,
  gamma: optional(DRAWING_FLAGS.gamma),
  maxTokens: optional(integer({
    doc: "The judge's tokens of a text that are scored at most; the reference takes the model's " +
      "block length.",
    min: 1,
    unit: "tokens",
  })),
  ...inGroup("machine", {
    batchTokens: integer({
      doc: "Tokens that the judge gets at once.",
      min: 2,
      unit: "tokens",
      fallback: 4096,
    }),
  }),
  ...JSON_FLAG,
};

/** What texts are drawn by, if they are. */
const DRAWING = [
  ...["weights", "logitCap", "length", "tokenizer", "kind"] as const,
  ...["steps", "gamma", "temperature", "topP", "numSamples", "seed", "batchSize"] as const,
];

const log = (line: string) => void writeStderr(`${line}\n`);

/** Scores the texts of a file. */
async function scoreFile(
  file: string,
  { backend, judge: name, revision, maxTokens, batchTokens }: FlagValues<typeof FLAGS>,
  ranks: Communicator,
  signal: AbortSignal,
): Promise<void> {
  if (name === "ar") {
    throw new ConfigError(
      "--judge ar is the autoregressive model of a run's recipe, but --samples are of no run. Name " +
        "the judge by its own run, such as demo-ar.",
    );
  }
  const judge = await findJudge(name, { revision, signal });
  using gpu = await Gpu.open({ backend });
  const options = { file, judge, log, maxTokens, batchTokens, ranks, signal };
  const found = await measureFile(gpu, options);
  printResult(found, () => describeFile(file, found));
}

/** Draws texts of models, and scores them. */
async function scoreModels(
  flags: FlagValues<typeof FLAGS>,
  ranks: Communicator,
  signal: AbortSignal,
): Promise<void> {
  const { checkpoint, judge: name, revision, steps: numSteps, gamma: gammas, ...rest } = flags;
  const how = { ...toldByFlags(flags), onNote: noteOnce() };
  const sharpening = sharpenedWays(flags.temperature, flags.topP);
  await measureRuns(checkpoint, {
    backend: flags.backend,
    async open(run) {
      const found = name === "ar" ? await ownJudge(run, how) : name;
      const judge = await findJudge(found, { revision, signal });
      await openJudged({ run, how, judge, gammas, sharpening, ranks });
      return judge;
    },
    async measure(gpu, run, judge, show: (found: GenPplResults) => void) {
      const ways = { numSteps, gammas, sharpening };
      const work = { run, how, judge, ranks, signal };
      await measureRun(gpu, {
        ...{ ...rest, ...ways, ...work, log },
        show: (found) => show(formatted(RESULTS_FORMAT, found)),
      });
    },
    inWords: { each: describeGenPpl },
  });
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: measuringDoc("gen-ppl"),
  positionals: RUN_ARGUMENTS,
  flags: FLAGS,
});

if (import.meta.main) {
  await runRanks(async ({ ranks }) => {
    const line = parseCommandLine({ name: taskCommand("gen-ppl"), ...COMMAND });
    const { checkpoint, samples } = line.flags;
    if ((checkpoint.length === 0) === (samples === null)) {
      throw new ConfigError(
        "Expected either RUN, a model to draw texts from, or --samples FILE.",
      );
    }
    using interrupt = new Interrupt();
    if (samples === null) return await scoreModels(line.flags, ranks, interrupt.signal);
    refuseFlags(line, DRAWING, "says how texts are drawn, but those of --samples are there");
    await scoreFile(samples, line.flags, ranks, interrupt.signal);
  }, { goOn: sameCommand("gen-ppl", Deno.args) });
}
