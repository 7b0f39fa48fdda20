/**
 * Makes a run of a model that is none.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import { configToYaml } from "../../config/config_file.ts";
import { CheckpointError } from "../../errors.ts";
import { type FileRecord, writeRecorded } from "../../io/file_record.ts";
import { ditParameterSpecs } from "../../model/dit_specs.ts";
import { writeDirectoryAtomic, writeFile } from "../../system/atomic.ts";
import { exists } from "../../system/exists.ts";
import { makeFolder } from "../../system/system_error.ts";
import { pathForCaller } from "../../system/task_command.ts";
import { copiedTensors } from "../copy_tensors.ts";
import { emaDecaysOf } from "../ema_decay.ts";
import { checkpointFolder, CONFIG, groupFile } from "../files.ts";
import { algorithmOf } from "../reference/kinds.ts";
import type { CheckpointState, ImportedFrom } from "../state.ts";
import { decayOf, type ModelWeights, type TrainedModel, type Weights } from "../trained_model.ts";
import { writeCheckpointFiles } from "../writer.ts";
import { byteCounter, bytesOfParameters, onlyWeights, type TransferOptions } from "./transfer.ts";

/** What is imported, and how. */
export interface ImportOptions extends TransferOptions {
  /** Which weights become the run's running average. */
  readonly weights: Weights;
  /** The folder of the run, which must not be there; its name is the run's. */
  readonly run: string;
  /** SHA-256 (hex) of the file that the weights are from, if it is known. */
  readonly sha256?: string | undefined;
}

/**
 * Writes a model as a run with one checkpoint, which has no optimizer's state.
 *
 * @returns The checkpoint's folder.
 * @throws {CheckpointError} if there is such a run, the model is damaged or has not such weights.
 * @throws {FlmError} if its tokenizer is not known, or the run cannot be written.
 */
export async function importModel(
  model: TrainedModel,
  { weights, run, sha256, ...transfer }: ImportOptions,
): Promise<string> {
  if (await exists(run)) {
    throw new CheckpointError(
      `There is a run ${
        pathForCaller(run)
      } already. Give another name by --name NAME, or remove it.`,
    );
  }
  // The networks of other kinds are not known here.
  algorithmOf(model.state.kind, model.location);
  const tokenizer = await model.tokenizer();
  const groups = groupsOf(model, weights);
  const total = groups.reduce((sum, { sizes }) => sum + bytesOfParameters(sizes), 0);
  const state = importedState(model, tokenizer, { weights, run, sha256 });
  const onBytes = byteCounter(total, transfer);
  await makeFolder(run.replace(/[^/]+\/*$/, "") || ".");
  await writeDirectoryAtomic(run, async (temporary) => {
    await writeFile(`${temporary}/${CONFIG}`, await configToYaml(state.config));
    const options = { keep: { newest: 1 }, vocabulary: tokenizer.vocabulary };
    await writeCheckpointFiles(temporary, state, options, async (folder) => {
      const files: Record<string, FileRecord> = {};
      for (const { name, from, sizes } of groups) {
        const specs = ditParameterSpecs(sizes);
        files[name] = await model.read(
          from,
          (file) =>
            writeRecorded(`${folder}/${name}`, copiedTensors(name, file, specs, { onBytes })),
        );
      }
      return files;
    });
  });
  return `${run}/${checkpointFolder(state.step)}`;
}

/** The files of the checkpoint, and the weights that each is of. */
function groupsOf(model: TrainedModel, weights: Weights) {
  const { state } = model;
  const group = (name: "model" | "ema" | "teacher", from: ModelWeights, sizes = state.model) => ({
    name: groupFile(name),
    from,
    sizes,
  });
  return [
    group("model", onlyWeights(model) === undefined ? "model" : weights),
    group("ema", weights),
    ...(state.teacher === undefined ? [] : [group("teacher", "teacher", state.teacher)]),
  ];
}

/** What the checkpoint says of itself. */
function importedState(
  { state, location }: TrainedModel,
  tokenizer: { readonly name: string; readonly fingerprint: string },
  { weights, run, sha256 }: Pick<ImportOptions, "weights" | "run" | "sha256">,
): CheckpointState {
  const { files: _files, checksum: _checksum, unlogged: _unlogged, ...rest } = state;
  const imported: ImportedFrom = {
    source: location,
    assumed: state.imported?.assumed ?? [],
    weights,
    ...(sha256 !== undefined && { sha256 }),
  };
  const name = run.replace(/\/+$/, "").replace(/^.*\//, "");
  return {
    ...rest,
    config: withDecay(
      { ...state.config, name },
      decayOf(weights) ?? firstOfSeveral(emaDecaysOf(state)),
    ),
    tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
    imported,
  };
}

/** Of several decays the one whose average is imported; null if there is but one. */
function firstOfSeveral([first, ...others]: readonly number[]): number | null {
  return others.length === 0 ? null : first!;
}

/** A configuration whose running averages are of a decay, if one is named. */
function withDecay(config: Config, emaDecay: number | null): Config {
  if (emaDecay === null) return config;
  const { optim, distill, secondStage } = config;
  return {
    ...config,
    optim: { ...optim, emaDecay },
    distill: { ...distill, optim: { ...distill.optim, emaDecay: null } },
    secondStage: { ...secondStage, optim: { ...secondStage.optim, emaDecay: null } },
  };
}
