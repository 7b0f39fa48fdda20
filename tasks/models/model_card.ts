/**
 * Model cards: the README.md of folders that are exported for the Hugging Face hub.
 *
 * @module
 */

import { emaDecayOf } from "../../lib/checkpoint/ema_decay.ts";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import type { CheckpointState } from "../../lib/checkpoint/state.ts";
import { decayOf, type TrainedModel, type Weights } from "../../lib/checkpoint/trained_model.ts";
import { formatCount, formatNumber, formatSteps } from "../../lib/cli/format.ts";
import type { SourceConfig } from "../../lib/config/config.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { countParameters } from "../../lib/model/parameters.ts";
import { exists } from "../../lib/system/exists.ts";
import { isRemote } from "../../lib/system/location.ts";
import { METRICS_FILE, readMetrics } from "../../lib/train/metrics.ts";

/** A validation loss of a run. */
export interface CardLoss {
  /** After so many steps. */
  readonly step: number;
  /** The loss. */
  readonly loss: number;
}

/**
 * The last validation loss of a run up to the step of its checkpoint.
 *
 * @param location Of the run or checkpoint.
 * @returns undefined if there is none, or the metrics are not here.
 */
export async function validationLossOf(
  location: string,
  step: number,
): Promise<CardLoss | undefined> {
  const run = placeOfCheckpoint(location)?.run ?? location;
  const path = `${run}/${METRICS_FILE}`;
  if (isRemote(run) || !await exists(path)) return undefined;
  const validations = await readMetrics(
    path,
    ({ kind, step: at, loss }) => kind === "validation" && at <= step && typeof loss === "number",
  );
  return validations.map(({ step: at, loss }) => ({ step: at, loss: Number(loss) })).at(-1);
}

/** What a card says besides what the checkpoint does. */
export interface CardOptions {
  /** The name of the model. */
  readonly name: string;
  /** The weights that are exported. */
  readonly weights: Weights;
  /** Its last validation loss, if it is known; a card of other weights than it is of has none. */
  readonly loss: CardLoss | undefined;
}

/** The text of a model card. */
export function modelCard(
  { state }: Pick<TrainedModel, "state">,
  { name, weights, loss }: CardOptions,
): string {
  const { kind, model, config, step, tokenizer, imported } = state;
  const { title, networkClass, isCrossEntropy } = methodOf(kind);
  const parameters = formatCount(countParameters(networkClass.specs(model)));
  const rows = [
    ["Kind", `${title} (\`${kind}\`)`],
    ["Parameters", parameters],
    ["Width, blocks, heads", [model.hiddenSize, model.numBlocks, model.numHeads].join(", ")],
    ["Tokens of a text", formatCount(model.length)],
    ["Vocabulary", `${formatCount(model.vocabSize)} tokens of \`${tokenizer.name}\``],
    ["Logits", model.logitCap === null ? "not capped" : `capped at ${model.logitCap}`],
    ["Data", describeSource(config.data.source)],
    ["Optimizer steps", formatCount(step)],
    ["Weights", describeWeights(weights, state)],
    ...(loss === undefined || !areValidated(weights, state) ? [] : [[
      "Validation loss",
      `${formatNumber(loss.loss)}${isCrossEntropy ? " nats/token" : ""} after ` +
      formatSteps(loss.step),
    ]]),
    ...(imported === undefined ? [] : [["Imported from", shortSource(imported.source)]]),
  ];
  return `---
library_name: flm
pipeline_tag: text-generation
tags:
  - flow-language-model
---

# ${name}

A Flow Language Model: it writes all tokens of a text at once, from noise, in as many or as few
steps as one likes ([One-step Language Modeling via Continuous
Denoising](https://arxiv.org/abs/2602.16813)). Its parameters have the names of the authors'
[PyTorch code](https://github.com/david3684/flm).

| | |
| --- | --- |
${rows.map(([head, text]) => `| ${head} | ${text} |`).join("\n")}

## Writing with it

\`\`\`sh
./flm sample PATH_OF_THIS_FOLDER --steps 8
./flm sample hf:OWNER/${name} --steps 8
\`\`\`

## License

(Say here under which license the weights may be used.)
`;
}

/** Which weights they are; of models from elsewhere the decay is known only if it was asked for. */
function describeWeights(weights: Weights, state: CheckpointState): string {
  if (weights === "model") return "of the last step";
  const decay = decayOf(weights) ?? (state.imported === undefined ? emaDecayOf(state) : null);
  return `running average${decay === null ? "" : ` of decay ${decay}`}`;
}

/** Whether validations are of these weights: of the first average. */
function areValidated(weights: Weights, state: CheckpointState): boolean {
  return weights === "ema" || decayOf(weights) === emaDecayOf(state);
}

/** A place on this machine is nobody else's business. */
function shortSource(source: string): string {
  return isRemote(source) ? source : source.replace(/^.*[/\\]/, "");
}

/** A source of text in words. */
function describeSource(source: SourceConfig): string {
  switch (source.kind) {
    case "npm":
      return `npm package ${source.package}`;
    case "hub":
      return `[${source.dataset}](https://huggingface.co/datasets/${source.dataset})`;
    case "text":
      return source.name;
    case "file":
      return shortSource(source.path);
    case "lm1b-archive":
      return "One Billion Word Benchmark";
    case "letters":
      return "texts of eight equal letters";
  }
}
