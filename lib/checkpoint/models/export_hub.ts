/**
 * Writes models as folders of the Hugging Face hub.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { type FileRecord, writeRecorded } from "../../io/file_record.ts";
import { ditParameterSpecs } from "../../model/dit_specs.ts";
import { writeDirectoryAtomic, writeFile } from "../../system/atomic.ts";
import { exists } from "../../system/exists.ts";
import { pathForCaller } from "../../system/task_command.ts";
import { copiedTensors, type StoredType } from "../copy_tensors.ts";
import { OWN_KEY, ownState } from "../reference/own_state.ts";
import { referenceConfig } from "../reference/reference_config.ts";
import type { TrainedModel } from "../trained_model.ts";
import {
  byteCounter,
  bytesOfParameters,
  type ExportOptions,
  stateWithTokenizer,
} from "./transfer.ts";
import { MODEL_CONFIG, MODEL_WEIGHTS, TEACHER_WEIGHTS } from "./hub_folder.ts";

/** How a folder is written. */
export interface ExportHubOptions extends ExportOptions {
  /** The folder. */
  readonly out: string;
  /** The type of its numbers; F32 unless told. */
  readonly dtype?: StoredType;
  /** The text of its README.md, the model card. */
  readonly card: string;
  /** Whether a folder that is there is replaced. */
  readonly overwrite?: boolean;
}

/**
 * Writes a model as a folder: `config.json`, which says all that a run says, `model.safetensors`
 * (with that of a teacher without which it writes no text), the vocabulary where the tokenizer has
 * one, and `README.md`.
 *
 * @throws {CheckpointError} if there is something of that name, or the model is damaged, of a kind
 * that the reference has not, or has not such weights.
 * @throws {FlmError} if its tokenizer is not known, or the folder cannot be written.
 */
export async function exportHubFolder(
  model: TrainedModel,
  { weights, out, dtype = "F32", card, overwrite = false, ...transfer }: ExportHubOptions,
): Promise<void> {
  if (!overwrite && await exists(out)) throw alreadyThere(out);
  const tokenizer = await model.tokenizer();
  const state = stateWithTokenizer(model, tokenizer);
  const networks = [
    { name: MODEL_WEIGHTS, from: weights, sizes: state.model },
    ...(state.teacher === undefined
      ? []
      : [{ name: TEACHER_WEIGHTS, from: "teacher" as const, sizes: state.teacher }]),
  ];
  const total = networks.reduce((sum, { sizes }) => sum + bytesOfParameters(sizes, dtype), 0);
  const onBytes = byteCounter(total, transfer);
  await writeDirectoryAtomic(out, async (temporary) => {
    const files: Record<string, FileRecord> = {};
    for (const { name, from, sizes } of networks) {
      const specs = ditParameterSpecs(sizes);
      files[name] = await model.read(
        from,
        (file) =>
          writeRecorded(
            `${temporary}/${name}`,
            copiedTensors(name, file, specs, { dtype, onBytes }),
          ),
      );
    }
    const { file } = state.tokenizer;
    if (file !== undefined) await writeFile(`${temporary}/${file}`, tokenizer.vocabulary!);
    const config = {
      model_type: "flm",
      ...referenceConfig(state, model.location, weights),
      torch_dtype: dtype === "F32" ? "float32" : "float16",
      [OWN_KEY]: ownState({ weights, state, files }),
    };
    await writeFile(`${temporary}/${MODEL_CONFIG}`, JSON.stringify(config, null, 2) + "\n");
    await writeFile(`${temporary}/README.md`, card);
  });
}

/** The error of a target that is there. */
export function alreadyThere(out: string): CheckpointError {
  return new CheckpointError(
    `There is ${pathForCaller(out)} already. Choose another path, or add --overwrite.`,
  );
}
