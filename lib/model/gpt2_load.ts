/**
 * Loading a GPT-2 from Hugging Face files, tensor by tensor.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type HubOptions, type ModelFolder, openModelFolder } from "../hub/hub.ts";
import { readText } from "../io/read_text.ts";
import { SafetensorsFile } from "../safetensors/reader.ts";
import { describeKey, describeNames, text } from "../schema/field.ts";
import { readJson } from "../schema/read_json.ts";
import type { Section } from "../schema/tree.ts";
import { Gpt2 } from "./gpt2.ts";
import { type Gpt2Config, gpt2ParameterSpecs, parseGpt2Config } from "./gpt2_config.ts";
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
  using opened = new DisposableStack();
  const files: SafetensorsFile[] = [];
  for (const path of weights) files.push(opened.use(await SafetensorsFile.open(path)));
  // Before memory is taken for what a file only claims.
  findTensors(gpt2ParameterSpecs(config), files);
  using made = new DisposableStack();
  const model = made.use(new Gpt2(gpu, config));
  await loadGpt2Weights(model, files);
  made.move();
  return model;
}

/**
 * Fills a GPT-2 from open files. The prefix `transformer.` is optional; what is no parameter (the
 * causal mask, the tied `lm_head.weight`) is ignored.
 *
 * @throws {CheckpointError} naming a parameter that no file holds, or that has another shape, or a
 * tensor of a block that the model has no place for.
 */
export async function loadGpt2Weights(
  model: Gpt2,
  files: readonly SafetensorsFile[],
): Promise<void> {
  const { tensors } = model.parameters;
  const sources = findTensors(tensors, files);
  for (const [i, { file, name }] of sources.entries()) {
    await loadTensors(model.gpu, file, [{ ...tensors[i]!, name }]);
  }
}

/** The file that holds each tensor, and its name there; checks shapes, and that none is left. */
function findTensors(
  tensors: readonly { name: string; shape: readonly number[] }[],
  files: readonly SafetensorsFile[],
): { file: SafetensorsFile; name: string }[] {
  const found = new Map<string, { file: SafetensorsFile; name: string }>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      found.set(name.replace(/^transformer\./, ""), { file, name });
    }
  }
  const fail = (reason: string) =>
    new CheckpointError(
      `Cannot load a GPT-2 from ${describeNames(files.map(({ name }) => name))}: ${reason}`,
    );
  const sources = tensors.map(({ name, shape }) => {
    const source = found.get(name);
    if (source === undefined) {
      throw fail(`there is no tensor "${name}", with or without the prefix "transformer."`);
    }
    source.file.info(source.name, shape);
    return source;
  });
  const known = new Set(tensors.map(({ name }) => name));
  for (const name of found.keys()) {
    if (!IN_BLOCK.test(name) || MASK.test(name) || known.has(name)) continue;
    throw fail(
      `its configuration has no place for the tensor ${describeKey(name)}; is "n_layer" right?`,
    );
  }
  return sources;
}

/** Tensors of blocks, without which a model computes something else. */
const IN_BLOCK = /^h\.\d+\./;
/** The causal mask, which older files have. */
const MASK = /\.attn\.(bias|masked_bias)$/;

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
  const configFile = await folder.file(CONFIG, readConfig);
  // What is no GPT-2 need not be downloaded as a whole.
  const config = await readConfig(configFile);
  return { config, configFile, weights: await weightFiles(folder) };
}

async function readConfig(path: string): Promise<Gpt2Config> {
  return parseGpt2Config(await readText(path, CheckpointError), path);
}

async function weightFiles(folder: ModelFolder): Promise<string[]> {
  const whole = await folder.find(WEIGHTS);
  if (whole !== undefined) return [whole];
  const index = await folder.find(INDEX, readIndex);
  if (index === undefined) {
    throw new CheckpointError(
      `No weights in ${folder.name}: it has neither ${WEIGHTS} nor ${INDEX}. Weights of other ` +
        `kinds (such as pytorch_model.bin) are not read.`,
    );
  }
  const paths: string[] = [];
  for (const name of await readIndex(index)) paths.push(await folder.file(name));
  return paths;
}

const INDEX_KEYS: Section<{ weight_map: Record<string, string> }> = {
  doc: "Where the tensors of a model are.",
  keys: {
    weight_map: {
      doc: "The file of each.",
      entry: text({
        doc: "Its name.",
        expected: "the name of a .safetensors file",
        pattern: /^[\w.-]+\.safetensors$/,
      }),
    },
  },
};

/** The files that an index names. */
async function readIndex(path: string): Promise<Set<string>> {
  const source = await readText(path, CheckpointError);
  const { weight_map } = readJson(source, INDEX_KEYS, { name: path, error: CheckpointError });
  const files = new Set(Object.values(weight_map));
  if (files.size > 0) return files;
  throw new CheckpointError(`Cannot read ${path}: weight_map is empty, expected a file by tensor`);
}
