/**
 * Loading a GPT-2 from Hugging Face files, tensor by tensor.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type ModelFolder, openModelFolder } from "../io/hub.ts";
import type { HubOptions } from "../io/hub.ts";
import { SafetensorsFile } from "../io/safetensors.ts";
import { Gpt2 } from "./gpt2.ts";
import { type Gpt2Config, parseGpt2Config } from "./gpt2_config.ts";
import { loadTensors } from "./named_tensors.ts";

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/**
 * A GPT-2 from a folder, the address of one, or the name of a model on the hub, with weights in
 * one file or in shards, of 16, 32 or 64 bits. Numbers go to the GPU a piece at a time.
 *
 * @param location Such as `models/gpt2`, `https://HOST/gpt2` or `openai-community/gpt2-large`.
 * @throws {CheckpointError} if a file is missing or damaged, or the model is no GPT-2.
 * @throws {DataError} if a download fails.
 */
export async function loadGpt2(
  gpu: Gpu,
  location: string,
  options: HubOptions = {},
): Promise<Gpt2> {
  const { config, weights } = await gpt2Files(location, options);
  const model = new Gpt2(gpu, config);
  const files: SafetensorsFile[] = [];
  try {
    for (const path of weights) files.push(await SafetensorsFile.open(path));
    await loadGpt2Weights(model, files);
    return model;
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  } finally {
    for (const file of files) file.close();
  }
}

/**
 * Fills a GPT-2 from open files. The prefix `transformer.` is optional; what is no parameter (the
 * causal mask, the tied `lm_head.weight`) is ignored.
 *
 * @throws {CheckpointError} naming a parameter that no file holds, or that has another shape.
 */
export async function loadGpt2Weights(
  model: Gpt2,
  files: readonly SafetensorsFile[],
): Promise<void> {
  const found = new Map<string, { file: SafetensorsFile; name: string }>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      found.set(name.replace(/^transformer\./, ""), { file, name });
    }
  }
  const sources = model.parameters.tensors.map((tensor) => {
    const source = found.get(tensor.name);
    if (source === undefined) {
      throw new CheckpointError(
        `Cannot load a GPT-2 from ${files.map(({ name }) => name).join(", ")}: there is no ` +
          `tensor "${tensor.name}", with or without the prefix "transformer."`,
      );
    }
    source.file.info(source.name, tensor.shape);
    return { file: source.file, tensor: { ...tensor, name: source.name } };
  });
  for (const { file, tensor } of sources) await loadTensors(model.gpu, file, [tensor]);
}

/** The files of a GPT-2 on this machine. */
export interface Gpt2Files {
  /** Its configuration. */
  readonly config: Gpt2Config;
  /** The file of that. */
  readonly configFile: string;
  /** Its weights: one file, or the shards that an index names. */
  readonly weights: readonly string[];
}

/**
 * Finds the files of a GPT-2, and downloads those that are not here.
 *
 * @param location As {@linkcode loadGpt2} takes it.
 * @throws {CheckpointError} if a file is missing, or the model is no GPT-2.
 * @throws {DataError} if a download fails.
 */
export async function gpt2Files(location: string, options: HubOptions = {}): Promise<Gpt2Files> {
  const folder = await openModelFolder(location, options);
  const configFile = await folder.file(CONFIG);
  // What is no GPT-2 need not be downloaded as a whole.
  const config = parseGpt2Config(await Deno.readTextFile(configFile), configFile);
  return { config, configFile, weights: await weightFiles(folder) };
}

async function weightFiles(folder: ModelFolder): Promise<string[]> {
  const whole = await folder.find(WEIGHTS);
  if (whole !== undefined) return [whole];
  const index = await folder.find(INDEX);
  if (index === undefined) {
    throw new CheckpointError(
      `No weights in ${folder.name}: it has neither ${WEIGHTS} nor ${INDEX}. Weights of other ` +
        `kinds (such as pytorch_model.bin) are not read.`,
    );
  }
  let names: unknown[];
  try {
    names = Object.values(JSON.parse(await Deno.readTextFile(index)).weight_map);
  } catch (cause) {
    throw new CheckpointError(`Cannot read ${index}: it has no "weight_map" in JSON`, { cause });
  }
  const paths: string[] = [];
  for (const name of new Set(names)) {
    if (typeof name !== "string" || !/^[\w.-]+\.safetensors$/.test(name)) {
      throw new CheckpointError(
        `Cannot read ${index}: "weight_map" names ${JSON.stringify(name)}, expected the name of ` +
          `a .safetensors file`,
      );
    }
    paths.push(await folder.file(name));
  }
  return paths;
}
