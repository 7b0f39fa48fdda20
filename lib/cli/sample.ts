/**
 * The program that writes text with a trained model.
 *
 * @module
 */

import { MAX_STEPS } from "../config/limits.ts";
import { CheckpointError } from "../errors.ts";
import { titleOf } from "../methods/table.ts";
import { countParameters } from "../model/parameters.ts";
import { FlowLanguageModel, takesNoRenewal } from "../sampling/flow_language_model.ts";
import type { Sample } from "../sampling/options.ts";
import { boolean, describeValue, integer, number, oneOf, text } from "../schema/field.ts";
import { addressOf } from "../system/location.ts";
import { writtenPrompt } from "../text/given_tokens.ts";
import { type FlagValues, optional } from "./flags.ts";
import { formatCount } from "./format.ts";
import { Interrupt } from "./interrupt.ts";
import { ProgressView, TextView } from "./sample_view.ts";
import { writeStderr } from "./stderr.ts";
import { print } from "./stdout.ts";

/** A text of blanks is one, too. */
const NOT_EMPTY = /[^]/;

/** The flags of {@linkcode sample}. */
export const SAMPLE_FLAGS = {
  checkpoint: text({
    doc: "The model: a run's folder, for its newest checkpoint, or a checkpoint's.",
    expected: "a path or http(s) address",
  }),
  steps: integer({
    doc: "Network evaluations for each text.",
    min: 1,
    max: MAX_STEPS,
    fallback: 64,
  }),
  numSamples: integer({ doc: "How many texts to write.", min: 1, fallback: 1 }),
  seed: integer({
    doc: "Seed of the noise: the same seed gives the same texts.",
    min: 0,
    fallback: 0,
  }),
  gamma: optional(number({
    doc: "Of denoiser flow maps: the share of the noise that each step renews.",
    min: 0,
    max: 1,
  })),
  prompt: optional(text({
    doc: "How every text begins, a space at its end included; best with several steps.",
    pattern: NOT_EMPTY,
  })),
  template: optional(text({
    doc: 'A text to fill, "_" for each free character: "the _____ of". The end is free, too.',
    pattern: NOT_EMPTY,
  })),
  weights: oneOf(["ema", "model"], {
    doc: "The weights' running average, or those of the last step.",
    fallback: "ema",
  }),
  batchSize: integer({ doc: "Texts written at the same time.", min: 1, fallback: 16 }),
  watch: boolean({ doc: "Show the texts as they form.", fallback: false }),
  json: boolean({ doc: "Print each text as one line of JSON.", fallback: false }),
};

/** The argument that is the checkpoint. */
export const SAMPLE_POSITIONALS = [{ name: "RUN", flag: "checkpoint" }] as const;

/** What {@linkcode sample} takes. */
export type SampleFlags = FlagValues<typeof SAMPLE_FLAGS>;

/** What the program is for, for its help text. */
export const SAMPLE_DOC = "Writes text with a trained model.";

/**
 * Writes texts to standard output, each as soon as it is done; the model, the adapter and a
 * progress bar to standard error.
 *
 * @throws {Deno.errors.NotCapable} if the program may not read the checkpoint.
 * @throws {CheckpointError} if there is no checkpoint or it is damaged.
 * @throws {GpuError} if there is no adapter.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function sample(flags: SampleFlags): Promise<void> {
  const { checkpoint, steps: numSteps, numSamples, seed, weights, batchSize, json } = flags;
  const { gamma, prompt, template } = flags;
  await requestAccess(checkpoint);
  using model = await FlowLanguageModel.load(checkpoint, { weights });
  if (gamma !== null && !model.method.writer?.takesRenewal) {
    throw takesNoRenewal("--gamma", model.method);
  }
  // Until here nothing would be lost: Ctrl-C did what it always does.
  using interrupt = new Interrupt();
  writeStderr(`${describeModel(model, weights)}\n`);
  if (prompt !== null) tellOfChange(prompt, model);
  using view = flags.watch ? new TextView(model, numSamples) : new ProgressView();
  await model.sample({
    numSamples,
    numSteps,
    seed,
    ...(gamma !== null && { renewal: gamma }),
    ...(prompt !== null && { prompt }),
    ...(template !== null && { template }),
    batchSize,
    signal: interrupt.signal,
    ...view.hooks,
    onSample(sample, index) {
      const line = json
        ? JSON.stringify({ index, text: sample.text, tokens: [...sample.tokens], numSteps, seed })
        : textBlock(sample, index, numSamples);
      view.around(() => print(line));
    },
  });
  view.finish();
}

/** Asks once for all that loading takes, rather than file by file. */
async function requestAccess(location: string): Promise<void> {
  const url = addressOf(location, CheckpointError);
  const [descriptor, target]: [Deno.PermissionDescriptor, string] = url?.protocol.startsWith("http")
    ? [{ name: "net", host: url.host }, url.host]
    : [{ name: "read", path: url ?? location }, url?.pathname ?? location];
  const { state } = await Deno.permissions.request(descriptor);
  if (state === "granted") return;
  const { name } = descriptor;
  throw new Deno.errors.NotCapable(
    `Requires ${name} access to "${target}", run again with the --allow-${name} flag`,
  );
}

function describeModel(
  { gpu, state, network }: FlowLanguageModel,
  weights: "ema" | "model",
): string {
  const { kind, step } = state;
  return `${titleOf(kind)} of ${
    formatCount(countParameters(network.parameters.specs))
  } parameters at step ` +
    `${formatCount(step)} (${weights} weights) on ${gpu.description}`;
}

/** Says on standard error what becomes of a prompt whose capitals or blanks are not tokens. */
function tellOfChange(prompt: string, { tokenizer }: FlowLanguageModel): void {
  const written = writtenPrompt(prompt, tokenizer);
  if (written === prompt) return;
  writeStderr(
    `The tokenizer ${tokenizer.name} writes the prompt ${describeValue(prompt)} as ` +
      `${describeValue(written)}.\n`,
  );
}

function textBlock({ text }: Sample, index: number, numSamples: number): string {
  return `--- sample ${index + 1} of ${numSamples} ---\n${text}\n`;
}
