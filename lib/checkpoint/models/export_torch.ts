/**
 * Writes models as checkpoints of PyTorch Lightning, in the reference's form.
 *
 * @module
 */

import { ditParameterSpecs } from "../../model/dit_specs.ts";
import { PickleFloat } from "../../pickle/writer.ts";
import { OrderedDict } from "../../pickle/values.ts";
import type { TensorFile } from "../../safetensors/tensor_file.ts";
import type { TensorData } from "../../safetensors/writer.ts";
import { exists } from "../../system/exists.ts";
import { NewTensor, writeTorchFile } from "../../torch/writer.ts";
import { Checkpoint } from "../checkpoint.ts";
import { numbersOf } from "../copy_tensors.ts";
import { emaDecayOf } from "../ema_decay.ts";
import { BACKBONE, FREQUENCIES, TEACHER } from "../reference/names.ts";
import { OWN_KEY, ownState } from "../reference/own_state.ts";
import { referenceConfig } from "../reference/reference_config.ts";
import type { DitConfig } from "../../model/dit_specs.ts";
import { decayOf, type ModelWeights, type TrainedModel } from "../trained_model.ts";
import { alreadyThere } from "./export_hub.ts";
import {
  byteCounter,
  bytesOfParameters,
  type ExportOptions,
  onlyWeights,
  stateWithTokenizer,
} from "./transfer.ts";

/** How a file is written. */
export interface ExportTorchOptions extends ExportOptions {
  /** The file. */
  readonly out: string;
  /** Whether a file that is there is replaced. */
  readonly overwrite?: boolean;
}

/** The base of the rotary frequencies. */
const ROTARY_BASE = 10000;
/** The version of PyTorch Lightning whose layout it is. */
const LIGHTNING = "2.5.0.post0";

/** A tensor of the file: weights of the model, or numbers that are at hand. */
type Source = { readonly from: ModelWeights; readonly name: string } | Float32Array<ArrayBuffer>;

/**
 * Writes a model as a checkpoint that `torch.load` opens: `state_dict` with the last step's weights
 * (and those of a teacher without which it writes no text), `ema` with the running average, by
 * position, and `hyper_parameters` in the reference's words. All are plain dicts and tensors.
 *
 * With the weights `model` there is no `ema`. A model that has one set of weights has it twice.
 *
 * @throws {CheckpointError} if there is something of that name, or the model is damaged, of a kind
 * that the reference has not, or has not such weights.
 * @throws {FlmError} if its tokenizer is not known, or the file cannot be written.
 */
export async function exportTorchFile(
  model: TrainedModel,
  { weights, out, overwrite = false, ...transfer }: ExportTorchOptions,
): Promise<void> {
  if (!overwrite && await exists(out)) throw alreadyThere(out);
  const tokenizer = await model.tokenizer();
  const state = stateWithTokenizer(model, tokenizer);
  const { model: sizes, teacher, step } = state;
  const config = referenceConfig(state, model.location, weights);
  const last = onlyWeights(model) === undefined ? "model" : weights;
  const sources = new Map<NewTensor, Source>();
  const tensor = (source: Source, shape: readonly number[]) => {
    const made = new NewTensor("F32", shape);
    sources.set(made, source);
    return made;
  };
  const network = (from: ModelWeights, prefix: string, of: DitConfig) =>
    stateDict(
      of,
      prefix,
      (name, shape) => tensor(name === FREQUENCIES ? frequencies(of) : { from, name }, shape),
    );
  const shadow = weights === "model"
    ? null
    : ditParameterSpecs(sizes).map(({ name, shape }) => tensor({ from: weights, name }, shape));
  const decay = decayOf(weights) ?? emaDecayOf(state);
  const vocabulary = tokenizer.vocabulary ?? undefined;
  const own = ownState({ weights, state, vocabulary });
  const tree = {
    epoch: 0,
    global_step: step,
    "pytorch-lightning_version": LIGHTNING,
    state_dict: new OrderedDict([
      ...network(last, BACKBONE, sizes),
      ...(teacher === undefined ? [] : network("teacher", TEACHER + BACKBONE, teacher)),
    ]),
    loops: {},
    callbacks: {},
    optimizer_states: [],
    lr_schedulers: [],
    hparams_name: "kwargs",
    hyper_parameters: { config, [OWN_KEY]: JSON.stringify(own) },
    ...(shadow !== null && {
      ema: { decay: new PickleFloat(decay), num_updates: step, shadow_params: shadow },
    }),
  };
  const total = (shadow === null ? 1 : 2) * bytesOfParameters(sizes) +
    (teacher === undefined ? 0 : bytesOfParameters(teacher));
  const onBytes = byteCounter(total, transfer);
  // What is damaged must not be found out when the file is there.
  if (model instanceof Checkpoint) await model.verify();
  const used = new Set<ModelWeights>([
    last,
    ...(shadow === null ? [] : [weights]),
    ...(teacher === undefined ? [] : ["teacher" as const]),
  ]);
  await withFiles(model, [...used], async (files) => {
    const bytesOf = (asked: NewTensor): TensorData => {
      const source = sources.get(asked)!;
      if (source instanceof Float32Array) return source;
      return numbersOf(files.get(source.from)!, source.name, asked.shape, "F32", onBytes);
    };
    await writeTorchFile(out, tree, bytesOf);
  });
}

/** Opens the files of weights, all at the same time. */
async function withFiles(
  model: TrainedModel,
  [first, ...rest]: readonly ModelWeights[],
  use: (files: Map<ModelWeights, TensorFile>) => Promise<void>,
): Promise<void> {
  if (first === undefined) return await use(new Map());
  await model.read(
    first,
    (file) => withFiles(model, rest, (files) => use(files.set(first, file))),
  );
}

/** The tensors of a network in the order of the reference's state_dict, with its buffer. */
function stateDict(
  config: DitConfig,
  prefix: string,
  tensor: (name: string, shape: readonly number[]) => NewTensor,
): [string, NewTensor][] {
  const entries: [string, NewTensor][] = [];
  for (const { name, shape } of ditParameterSpecs(config)) {
    if (name === "blocks.0.norm1.weight") {
      const half = config.hiddenSize / config.numHeads / 2;
      entries.push([prefix + FREQUENCIES, tensor(FREQUENCIES, [half])]);
    }
    entries.push([prefix + name, tensor(name, shape)]);
  }
  return entries;
}

/** The frequencies of rotary positions, base^(−2i/d) for a head of d: [d/2]. */
function frequencies({ hiddenSize, numHeads }: DitConfig): Float32Array<ArrayBuffer> {
  const size = hiddenSize / numHeads;
  return Float32Array.from({ length: size / 2 }, (_, i) => ROTARY_BASE ** (-2 * i / size));
}
