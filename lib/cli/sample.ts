/**
 * The program that writes text with a trained model.
 *
 * @module
 */

import type { Weights } from "../checkpoint/trained_model.ts";
import { MAX_STEPS } from "../config/limits.ts";
import { CheckpointError, ConfigError } from "../errors.ts";
import { deviceFacts } from "../gpu/device_facts.ts";
import { hubAccess } from "../hub/access.ts";
import { titleOf } from "../methods/table.ts";
import { countParameters } from "../model/parameters.ts";
import { FlowLanguageModel } from "../sampling/flow_language_model.ts";
import type { SamplingStats } from "../sampling/options.ts";
import { takesNoRenewal, takesNoSharpening } from "../sampling/requirements.ts";
import { SHOWCASE } from "../sampling/showcase.ts";
import { boolean, describeValue, integer, number, oneOf, path, text } from "../schema/field.ts";
import { builtin } from "../system/builtin.ts";
import { type Communicator, ONE_PROCESS } from "../system/communicator.ts";
import { addressOf, HUB } from "../system/location.ts";
import { pathForCaller } from "../system/task_command.ts";
import { writtenPrompt } from "../text/given_tokens.ts";
import { BACKEND_FLAG } from "./backend_flag.ts";
import { inGroup } from "./flag_group.ts";
import { type FlagValues, optional } from "./flags.ts";
import { formatCount } from "./format.ts";
import { Interrupt } from "./interrupt.ts";
import { noteOnce, PRECISION_FLAG, TOLD_FLAGS, toldByFlags, WEIGHTS_FLAG } from "./model_flags.ts";
import { FORMATS, requireOutput, type SampleFormat, SampleOutput } from "./sample_output.ts";
import { describeTimes, sampleTimes } from "./sample_times.ts";
import { ProgressView, TextView } from "./sample_view.ts";
import { writeStderr } from "./stderr.ts";

/** A text of blanks is one, too. */
const NOT_EMPTY = /[^]/;

/** The flags of {@linkcode sample}. */
export const SAMPLE_FLAGS = {
  checkpoint: optional(text({
    doc: "The model: a run, or one of its checkpoints; a .ckpt file of the reference; a folder " +
      "with config.json; or hf:OWNER/NAME. The one that comes with flm unless given.",
    expected: "a path or http(s) address",
  })),
  steps: optional(integer({
    doc: "Network evaluations for each text; 64 unless given, 1 for the model that comes with flm.",
    min: 1,
    max: MAX_STEPS,
    unit: "steps",
  })),
  numSamples: integer({ doc: "How many texts to write.", min: 1, unit: "texts", fallback: 1 }),
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
  temperature: number({
    doc: "Divides the network's logits: below 1 texts are more likely and less varied.",
    above: 0,
    fallback: 1,
  }),
  topP: number({
    doc: "Cuts predictions to the most likely tokens that sum to this probability.",
    above: 0,
    max: 1,
    fallback: 1,
  }),
  prompt: optional(text({
    doc: "How every text begins, a space at its end included; best with several steps.",
    pattern: NOT_EMPTY,
  })),
  template: optional(text({
    doc: 'A text to fill, "_" for each free token: "the _____ of". The end is free, too.',
    pattern: NOT_EMPTY,
  })),
  weights: WEIGHTS_FLAG,
  ...PRECISION_FLAG,
  ...TOLD_FLAGS,
  ...inGroup("output", {
    watch: boolean({ doc: "Show the texts as they form.", fallback: false }),
    format: optional(oneOf(FORMATS, {
      doc:
        "For people (text), one JSON document, or a line of JSON for each text; unless told, as " +
        "the name of --out ends (.json, .jsonl), else text.",
    })),
    json: boolean({ doc: "The same as --format jsonl.", fallback: false }),
    out: optional(path({
      doc: "The file to write, whole or not at all; standard output unless told.",
      expected: "the path of a file",
    })),
    stats: boolean({
      doc: "Say on standard error how long it took; a JSON document says so, too.",
      fallback: false,
    }),
  }),
  ...inGroup("machine", {
    batchSize: integer({
      doc: "Texts written at the same time.",
      min: 1,
      unit: "texts",
      fallback: 16,
    }),
  }),
  ...BACKEND_FLAG,
};

/** The argument that is the checkpoint. */
export const SAMPLE_POSITIONALS = [{ name: "RUN", flag: "checkpoint" }] as const;

/** What {@linkcode sample} takes. */
export type SampleFlags = FlagValues<typeof SAMPLE_FLAGS>;

/** What the program is for, for its help text. */
export const SAMPLE_DOC = "Writes text with a trained model.";

/**
 * Writes texts to standard output, each as soon as it is done, or to a file; the model, the
 * adapter, a progress bar and whatever else is said to standard error.
 *
 * @throws {Deno.errors.NotCapable} if the program may not read the checkpoint.
 * @throws {CheckpointError} if there is no checkpoint or it is damaged.
 * @throws {ConfigError} if flags contradict each other.
 * @throws {FlmError} if the file cannot be written, or a flag does not fit the model.
 * @throws {GpuError} if there is no adapter.
 * @param ranks The processes that write together, of which rank 0 gives the texts.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function sample(
  flags: SampleFlags,
  ranks: Communicator = ONE_PROCESS,
): Promise<void> {
  const { numSamples, seed, weights, batchSize, out } = flags;
  const checkpoint = flags.checkpoint ?? SHOWCASE;
  const numSteps = flags.steps ?? (flags.checkpoint === null ? 1 : 64);
  const { gamma, temperature, topP, prompt, template } = flags;
  const format = formatOf(flags);
  const start = performance.now();
  await requestAccess(checkpoint);
  if (out !== null && ranks.rank === 0) {
    await requestAccess(builtin("node:path").dirname(out));
    await requireOutput(out);
  }
  using model = await FlowLanguageModel.load(checkpoint, {
    weights,
    precision: flags.precision,
    backend: flags.backend,
    ...toldByFlags(flags),
    onNote: noteOnce(),
  });
  const loaded = performance.now();
  requireFit(flags, model);
  // Until here nothing would be lost: Ctrl-C did what it always does.
  using interrupt = new Interrupt();
  writeStderr(`${describeModel(model, weights)}\n`);
  if (prompt !== null) tellOfChange(prompt, model);
  using view = flags.watch ? new TextView(model, numSamples) : new ProgressView();
  const { kind, step } = model.state;
  const ways = { numSteps, gamma, temperature, topP, numSamples, seed, prompt, template };
  const way = { run: checkpoint, kind, step, weights, ...ways };
  const device = deviceFacts(model.gpu);
  await ranks.compare({ texts: way, batchSize, model: model.state, device });
  const output = new SampleOutput(model, { format, file: out, way });
  let stats: SamplingStats | undefined;
  await model.sample({
    numSamples,
    numSteps,
    seed,
    temperature,
    topP,
    ...(gamma !== null && { renewal: gamma }),
    ...(prompt !== null && { prompt }),
    ...(template !== null && { template }),
    batchSize,
    ranks,
    signal: interrupt.signal,
    ...view.hooks,
    onSample: (sample, index) => output.add(sample, index, (print) => view.around(print)),
    onStats: (found) => stats = found,
  });
  view.finish();
  if (ranks.rank > 0) return;
  const times = sampleTimes(stats!, {
    startSeconds: start / 1000,
    loadSeconds: (loaded - start) / 1000,
  });
  await output.finish(flags.stats ? times : undefined);
  if (flags.stats) writeStderr(describeTimes(times));
  if (out !== null) writeStderr(`Texts in ${pathForCaller(out)}\n`);
}

/** The form that flags or the file's name ask for. @throws {ConfigError} if flags ask for two. */
function formatOf({ format, json, out }: SampleFlags): SampleFormat {
  if (!json) return format ?? formatOfFile(out ?? "");
  if (format === null || format === "jsonl") return "jsonl";
  throw new ConfigError(`--json is the same as --format jsonl, found --format ${format}, too.`);
}

/** The form that readers of a file expect by its name, as `gen-ppl --samples` does. */
function formatOfFile(path: string): SampleFormat {
  const [, ending] = /\.(json|jsonl|ndjson)$/i.exec(path) ?? [];
  return ending === undefined ? "text" : ending.toLowerCase() === "json" ? "json" : "jsonl";
}

/** Refuses flags that are for other models. @throws {FlmError} */
function requireFit({ gamma, temperature, topP }: SampleFlags, { method }: FlowLanguageModel) {
  const { takesRenewal, takesSharpening } = method.writer!;
  if (gamma !== null && !takesRenewal) throw takesNoRenewal("--gamma", method);
  if (takesSharpening) return;
  if (temperature !== 1) throw takesNoSharpening("--temperature", method);
  if (topP !== 1) throw takesNoSharpening("--top-p", method);
}

/** Asks once for all that loading takes, rather than file by file. */
async function requestAccess(location: string): Promise<void> {
  const url = location.startsWith(HUB)
    ? new URL(hubAccess({}).endpoint)
    : addressOf(location, CheckpointError);
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
  weights: Weights,
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
