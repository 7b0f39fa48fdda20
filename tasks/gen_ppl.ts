/**
 * Measures how likely a model's samples, or other texts, are to a judge:
 * `deno task gen-ppl RUN --judge gpt2-large`, or `--samples FILE` in place of a run.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/args.ts";
import { optional, refuseFlags } from "../lib/cli/flags.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { run } from "../lib/cli/names.ts";
import { path } from "../lib/cli/paths.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import { print } from "../lib/cli/stdout.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { ConfigError } from "../lib/errors.ts";
import { MAX_STEPS } from "../lib/config/limits.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { formatted } from "../lib/io/json_file.ts";
import { boolean, integer, list, number, oneOf, text } from "../lib/schema/field.ts";
import { findJudge } from "./gen_ppl/judge.ts";
import { measureRun } from "./gen_ppl/measure.ts";
import { describeFile, measureFile } from "./gen_ppl/measure_file.ts";
import { RESULTS_FORMAT } from "./gen_ppl/results.ts";
import type { Scoring } from "./gen_ppl/score.ts";
import { describeGenPpl } from "./gen_ppl/table.ts";

const FLAGS = {
  checkpoint: optional(run({ doc: "The model's run." })),
  samples: optional(path({
    doc: "Texts to score in place of a model's samples.",
    expected: "a file .json (a list, or one under generated_seqs), .jsonl, .ndjson or .txt",
  })),
  judge: text({
    doc:
      "Who judges: a GPT-2 of the hub such as gpt2-large, a folder of its files, or the run of " +
      "an autoregressive model.",
    expected: "a name or a folder",
    fallback: "gpt2-large",
  }),
  revision: optional(text({ doc: "Branch, tag or commit of the judge on the hub." })),
  steps: list(integer({ doc: "", min: 1, max: MAX_STEPS }), {
    doc: "Numbers of sampler steps.",
    fallback: [1, 2, 4, 8],
  }),
  gamma: optional(list(number({ doc: "", min: 0, max: 1 }), {
    doc: "Of denoiser flow maps: shares of the noise that each step renews.",
  })),
  numSamples: integer({ doc: "Samples for each of them.", min: 1, fallback: 64 }),
  seed: integer({ doc: "Seed of the noise.", min: 0, fallback: 0 }),
  batchSize: integer({ doc: "Samples drawn at the same time.", min: 1, fallback: 16 }),
  weights: oneOf(["ema", "model"], {
    doc: "The weights' running average, or those of the last step.",
    fallback: "ema",
  }),
  maxTokens: optional(integer({
    doc: "The judge's tokens of a text that are scored at most; the reference takes the model's " +
      "block length.",
    min: 1,
  })),
  batchTokens: integer({ doc: "Tokens that the judge gets at once.", min: 2, fallback: 4096 }),
  json: boolean({ doc: "Print the results as JSON.", fallback: false }),
};

/** What samples are drawn by, if they are. */
const DRAWING = ["steps", "gamma", "numSamples", "seed", "batchSize", "weights"] as const;

if (import.meta.main) {
  await runMain(async () => {
    const line = parseCommandLine({
      name: taskCommand("gen-ppl"),
      doc: "Measures how likely a model's samples, or other texts, are to a judge.",
      positionals: [{ name: "RUN", flag: "checkpoint" }],
      flags: FLAGS,
    });
    const { flags } = line;
    const { checkpoint, samples, gamma, steps, revision, maxTokens, batchTokens } = flags;
    if ((checkpoint === null) === (samples === null)) {
      throw new ConfigError(
        "Expected either RUN, to sample from it, or --samples FILE.",
      );
    }
    if (samples !== null) {
      refuseFlags(line, DRAWING, "says how samples are drawn, but those of --samples are there");
    }
    using interrupt = new Interrupt();
    const { signal } = interrupt;
    const judge = await findJudge(flags.judge, { revision, signal });
    using gpu = await Gpu.open();
    const scoring: Scoring = { maxTokens, batchTokens, signal };
    const log = (line: string) => void writeStderr(`${line}\n`);
    if (samples !== null) {
      const found = await measureFile(gpu, { file: samples, judge, log, ...scoring });
      print(flags.json ? JSON.stringify(found, null, 2) : describeFile(samples, found));
      return;
    }
    const { numSamples, seed, batchSize, weights } = flags;
    await measureRun(gpu, {
      ...{ run: checkpoint!, weights, numSteps: steps, gammas: gamma },
      ...{ numSamples, seed, batchSize, judge, log, ...scoring },
      show(found) {
        if (flags.json) print(JSON.stringify(formatted(RESULTS_FORMAT, found), null, 2));
        else print(describeGenPpl(found));
      },
    });
  });
}
