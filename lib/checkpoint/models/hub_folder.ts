/**
 * Models in folders with a `config.json` and a `model.safetensors`, as the Hugging Face hub has
 * them.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { type FileRecord, openRecorded } from "../../io/file_record.ts";
import { readText, readTextIfThere } from "../../io/read_text.ts";
import { SafetensorsFile } from "../../safetensors/reader.ts";
import { parseJson } from "../../schema/read_json.ts";
import { isMapping } from "../../schema/tree.ts";
import { exists } from "../../system/exists.ts";
import { isUrl, joinLocation } from "../../system/location.ts";
import { readHints } from "../reference/hints.ts";
import { referenceNames } from "../reference/names.ts";
import { OWN_KEY, type OwnState, readOwnState } from "../reference/own_state.ts";
import { RenamedFile } from "../reference/renamed_file.ts";
import { describeModel, type ToldOfModel } from "../reference/state.ts";
import { makeTokenizer } from "../reference/tokenizers.ts";
import type { ModelWeights } from "../trained_model.ts";
import { ForeignModel, type OpenWeights } from "./foreign_model.ts";
import type { ModelSource } from "./source.ts";
import { requireNothingTold } from "./told.ts";

/** The file that describes a model of the hub. */
export const MODEL_CONFIG = "config.json";
/** The file of its weights. */
export const MODEL_WEIGHTS = "model.safetensors";
/** The file of the weights of a teacher without which it writes no text. */
export const TEACHER_WEIGHTS = "teacher.safetensors";

/**
 * Opens such a folder.
 *
 * @returns null if it has no config.json.
 * @throws {CheckpointError} if a file is missing or damaged, or is of no model known here.
 */
export async function openHubFolder(
  source: ModelSource,
  told: ToldOfModel,
): Promise<ForeignModel | null> {
  const { location, name, access } = source;
  const config = joinLocation(location, MODEL_CONFIG);
  const text = source.isHub
    ? await readText(config, CheckpointError, access)
    : await readTextIfThere(config, CheckpointError, access);
  if (text === undefined) {
    await requireNoWeights(source);
    return null;
  }
  const where = `${MODEL_CONFIG} of ${name}`;
  const described = parseJson(text, { name: where, error: CheckpointError });
  if (!isMapping(described)) {
    throw new CheckpointError(`Cannot read ${where}: expected a mapping.`);
  }
  const own = described[OWN_KEY];
  if (isMapping(own)) {
    requireNothingTold(name, told);
    return ownFolder(source, await readOwnState(own, where));
  }
  using file = await openTensors(source, MODEL_WEIGHTS);
  const names = referenceNames(file.name, file.tensors.keys());
  const hints = readHints(described, where);
  const { state, tokenizer, assumed } = describeModel(
    { location: name, file, names, hints, step: undefined },
    told,
  );
  return new ForeignModel({
    location: name,
    state,
    assumed,
    only: "ema",
    async open(weights) {
      if (weights === "teacher") return await openTensors(source, TEACHER_WEIGHTS);
      return await renamedTensors(source);
    },
    tokenizer: () =>
      makeTokenizer({
        location: name,
        name: tokenizer,
        hint: hints.tokenizer,
        vocabSize: state.model.vocabSize,
        file: null,
      }),
  });
}

/** @throws {CheckpointError} if there are weights, of which nothing says what they are. */
async function requireNoWeights({ location, name }: ModelSource): Promise<void> {
  if (isUrl(location) || !await exists(joinLocation(location, MODEL_WEIGHTS))) return;
  throw new CheckpointError(
    `There is ${MODEL_WEIGHTS} in ${name}, but no ${MODEL_CONFIG} beside it that says what it is. ` +
      `Fetch that, too.`,
  );
}

/** A folder that flm exported. */
function ownFolder(
  source: ModelSource,
  { weights, state, files = {} }: OwnState,
): ForeignModel {
  const { location, name } = source;
  const imported = { source: name, weights, assumed: [] };
  return new ForeignModel({
    location: name,
    state: { ...state, imported },
    assumed: [],
    only: weights,
    async open(asked) {
      if (asked === "teacher") return await openTensors(source, TEACHER_WEIGHTS, files);
      requireWeights(name, weights, asked);
      return await renamedTensors(source, files);
    },
    tokenizer: () =>
      makeTokenizer({
        location: name,
        name: state.tokenizer.name,
        fingerprint: state.tokenizer.fingerprint,
        hint: undefined,
        vocabSize: state.model.vocabSize,
        file: state.tokenizer.file === undefined
          ? null
          : joinLocation(location, state.tokenizer.file),
      }),
  });
}

/** @throws {CheckpointError} if other weights are asked for than those that there are. */
function requireWeights(name: string, found: ModelWeights, asked: ModelWeights): void {
  if (asked === found || (asked === "ema" && found.startsWith("ema"))) return;
  throw new CheckpointError(
    `${name} has no weights "${asked}": it was exported with the weights "${found}" alone. Ask for ` +
      `these by --weights ${found}.`,
  );
}

/** The model's tensors under the names that they have here. */
async function renamedTensors(source: ModelSource, files: FileRecords = {}): Promise<OpenWeights> {
  const file = await openTensors(source, MODEL_WEIGHTS, files);
  const { model } = referenceNames(file.name, file.tensors.keys());
  return Object.assign(new RenamedFile(file, model), {
    [Symbol.dispose]: () => file.close(),
    requireUnchanged: () => file.requireUnchanged(),
  });
}

type FileRecords = Readonly<Record<string, FileRecord>>;

/** A file of weights, which is compared with its record if there is one. */
async function openTensors(
  { location, access }: ModelSource,
  name: string,
  files: FileRecords = {},
): Promise<SafetensorsFile & Required<Pick<OpenWeights, "requireUnchanged">>> {
  const record = Object.hasOwn(files, name) ? files[name] : undefined;
  const path = joinLocation(location, name);
  const { source, requireUnchanged } = await openRecorded(path, record, CheckpointError, access);
  return Object.assign(await SafetensorsFile.open(source), { requireUnchanged });
}
