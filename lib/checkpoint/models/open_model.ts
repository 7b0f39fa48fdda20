/**
 * Opens trained models, whatever they are: the one way to them.
 *
 * @module
 */

import { isMissing } from "../../net/missing.ts";
import { Checkpoint, NoCheckpointError } from "../checkpoint.ts";
import type { ToldOfModel } from "../reference/state.ts";
import type { TrainedModel } from "../trained_model.ts";
import type { ForeignModel } from "./foreign_model.ts";
import { findSource, type ModelSource } from "./source.ts";
import { requireNothingTold } from "./told.ts";

/** How a model is opened. */
export interface OpenModelOptions extends ToldOfModel {
  /** Takes a sentence for everything that a model does not say and that was assumed. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Opens a model, without its weights.
 *
 * @param location A run's folder, for its newest checkpoint, or a checkpoint's; a PyTorch Lightning
 * checkpoint (`.ckpt`) of the reference; a folder with `config.json` and `model.safetensors`: each
 * as a path or an `http(s):` address. Or `hf:OWNER/NAME[@REVISION]`, a model on the Hugging Face
 * hub, with `:FILE.ckpt` for a file of it.
 * @throws {CheckpointError} if there is none, or it is damaged or none that is known here.
 * @throws {ConfigError} if something is told of it that it says itself.
 */
export async function openModel(
  location: string,
  { onNote, ...told }: OpenModelOptions = {},
): Promise<TrainedModel> {
  const source = await findSource(location);
  let lack: NoCheckpointError | undefined;
  if (source.kind === "folder" && !source.isHub) {
    try {
      const checkpoint = await Checkpoint.open(location);
      requireNothingTold(location, told);
      return checkpoint;
    } catch (error) {
      // Where no answer came, none will come of another file.
      if (!(error instanceof NoCheckpointError) || !isMissing(error.cause)) throw error;
      lack = error;
    }
  }
  const model = await openForeign(source, told);
  if (model === null) throw lack!;
  for (const each of model.assumed) onNote?.(`${model.location} ${each}`);
  return model;
}

/** A model that is no run; null if a folder has no config.json. */
async function openForeign(source: ModelSource, told: ToldOfModel): Promise<ForeignModel | null> {
  // Those who load runs alone need none of this.
  if (source.kind === "file") {
    const { openTorchModel } = await import("./torch_model.ts");
    return await openTorchModel(source, told);
  }
  const { openHubFolder } = await import("./hub_folder.ts");
  return await openHubFolder(source, told);
}
