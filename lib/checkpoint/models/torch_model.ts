/**
 * Models in Lightning checkpoints (`.ckpt`) of the reference.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { openByteSource } from "../../io/open_source.ts";
import { describePickled } from "../../pickle/values.ts";
import type { TensorFile } from "../../safetensors/tensor_file.ts";
import { parseJson } from "../../schema/read_json.ts";
import { isMapping } from "../../schema/tree.ts";
import { TorchFile } from "../../torch/file.ts";
import { requireTensors } from "../../torch/require_tensors.ts";
import type { TorchTensor } from "../../torch/tensor.ts";
import { namedAverage, type StoredAverage, storedAverages } from "../reference/averages.ts";
import { readHints } from "../reference/hints.ts";
import { type ReferenceNames, referenceNames, type StoredNames } from "../reference/names.ts";
import { OWN_KEY, readOwnState } from "../reference/own_state.ts";
import { plainValue } from "../reference/plain_values.ts";
import { type DescribedModel, describeModel, type ToldOfModel } from "../reference/state.ts";
import { makeTokenizer } from "../reference/tokenizers.ts";
import { decayOf, type ModelWeights } from "../trained_model.ts";
import { ForeignModel } from "./foreign_model.ts";
import type { ModelSource } from "./source.ts";
import { requireNothingTold } from "./told.ts";

/** What is read of a file. */
interface Content {
  readonly file: TorchFile;
  readonly saved: ReadonlyMap<unknown, unknown>;
  /** The tensors of its state_dict, by their names there. */
  readonly stored: ReadonlyMap<string, TorchTensor>;
  readonly names: ReferenceNames;
}

/**
 * Opens such a file. Nothing that it asks for is run.
 *
 * @throws {CheckpointError} if it is missing or damaged, or of no model known here.
 */
export async function openTorchModel(
  source: ModelSource,
  told: ToldOfModel,
): Promise<ForeignModel> {
  const content = await openContent(source);
  using file = content.file;
  const { saved, stored, names } = content;
  const averages = storedAverages(file, saved);
  const hyper = plainValue(saved.get("hyper_parameters"));
  const { config, [OWN_KEY]: own } = isMapping(hyper) ? hyper : {};
  const where = `hyper_parameters.config of ${source.name}`;
  const hints = readHints(config, where);
  let described: DescribedModel;
  let vocabulary: string | undefined;
  if (typeof own === "string") {
    requireNothingTold(source.name, told);
    const name = `hyper_parameters.${OWN_KEY} of ${source.name}`;
    const found = await readOwnState(parseJson(own, { name, error: CheckpointError }), name);
    const { state } = found;
    vocabulary = found.vocabulary;
    const imported = { source: source.name, weights: "ema", assumed: [] };
    described = { state: { ...state, imported }, tokenizer: state.tokenizer.name, assumed: [] };
  } else {
    const step = saved.get("global_step");
    const decay = hints.emaDecay ?? averages[0]?.decay;
    described = describeModel({
      location: source.name,
      file: file.tensorFile(stored),
      names,
      hints: { ...hints, ...(decay !== undefined && { emaDecay: decay }) },
      step: typeof step === "number" && Number.isSafeInteger(step) ? step : undefined,
    }, told);
  }
  const { state, tokenizer, assumed } = described;
  // An average that does not fit is an error only to who asks for it.
  const isAveraged = averages.some(({ tensors }) => tensors.length === names.model.size);
  return new ForeignModel({
    location: source.name,
    state,
    assumed,
    ...(!isAveraged && { only: "model" as const }),
    open: (weights) => openWeights(source, weights),
    tokenizer: () =>
      makeTokenizer({
        location: source.name,
        name: tokenizer,
        fingerprint: state.tokenizer.fingerprint,
        hint: hints.tokenizer,
        vocabSize: state.model.vocabSize,
        file: vocabulary === undefined ? null : { name: `in ${source.name}`, text: vocabulary },
      }),
  });
}

async function openContent({ location, access }: ModelSource): Promise<Content> {
  const file = await TorchFile.open(await openByteSource(location, CheckpointError, access));
  try {
    const saved = file.value;
    if (!(saved instanceof Map) || !saved.has("state_dict")) {
      throw new CheckpointError(
        `Cannot read ${file.name}: it holds ${describePickled(saved)}, expected a checkpoint of ` +
          `PyTorch Lightning, with a state_dict. Nothing that the file asks for was run.`,
      );
    }
    const stored = requireTensors(file, "state_dict", saved.get("state_dict"));
    return { file, saved, stored, names: referenceNames(file.name, stored.keys()) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Opens a file for weights, whose tensors have the names that they have here. */
async function openWeights(
  source: ModelSource,
  weights: ModelWeights,
): Promise<TensorFile & Disposable> {
  const content = await openContent(source);
  const { file } = content;
  try {
    const tensors = tensorsOf(source.name, content, weights);
    return Object.assign(file.tensorFile(tensors), { [Symbol.dispose]: () => file.close() });
  } catch (error) {
    file.close();
    throw error;
  }
}

function tensorsOf(
  location: string,
  { file, saved, stored, names }: Content,
  weights: ModelWeights,
): Map<string, TorchTensor> {
  const own = (named: StoredNames) =>
    new Map([...named].map(([name, as]) => [name, stored.get(as)!]));
  if (weights === "teacher") return own(names.teacher);
  if (weights === "model") return own(names.model);
  const average = averageOf(location, storedAverages(file, saved), decayOf(weights));
  const parameters = [...own(names.model)].map(([name, { shape }]) => ({ name, shape }));
  return namedAverage(location, average, parameters);
}

/** The average that is asked for. @throws {CheckpointError} naming those that there are. */
function averageOf(
  location: string,
  averages: readonly StoredAverage[],
  wanted: number | null,
): StoredAverage {
  const [first] = averages;
  if (first === undefined) {
    throw new CheckpointError(
      `${location} has no running average of its weights (no ema). The last step's weights are ` +
        `there: --weights model takes them.`,
    );
  }
  const found = wanted === null ? first : averages.find(({ decay }) => decay === wanted);
  if (found !== undefined) return found;
  const known = averages.map(({ decay }) => decay === undefined ? "ema" : `ema:${decay}`);
  throw new CheckpointError(
    `${location} has no running average of decay ${wanted}: it has ${known.join(", ")}. Ask for ` +
      `one of these by --weights.`,
  );
}
