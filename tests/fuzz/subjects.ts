/**
 * What is fuzzed, by name: each reader of files from elsewhere.
 *
 * @module
 */

import type { Subject } from "./subject.ts";

/** Opens a subject, which may use a folder. */
type OpenSubject = (folder: string) => Subject | Promise<Subject>;

const checkpoints = () => import("./subjects/checkpoints.ts");
const corpora = () => import("./subjects/corpora.ts");
const models = () => import("./subjects/models.ts");
const pickles = () => import("./subjects/pickles.ts");
const results = () => import("./subjects/results.ts");
const shards = () => import("./subjects/shards.ts");
const tokenizers = () => import("./subjects/tokenizers.ts");

/** All subjects; their modules are loaded when they are opened. */
export const SUBJECTS: Readonly<Record<string, OpenSubject>> = {
  "safetensors": async () => (await import("./subjects/safetensors.ts")).safetensors(),
  "pickle": async () => (await pickles()).pickle(),
  "zip": async () => (await pickles()).zip(),
  "torch-pickle": async () => (await pickles()).torchPickle(),
  "torch": async () => (await pickles()).torch(),
  "torch-model": async (folder) => (await models()).torchModel(folder),
  "hub-folder": async (folder) => (await models()).hubFolder(folder),
  "gpt2": async (folder) => (await models()).gpt2(folder),
  "state": async () => (await checkpoints()).state(),
  "latest": async (folder) => (await checkpoints()).latest(folder),
  "manifest": async (folder) => (await shards()).manifest(folder),
  "shards": async (folder) => (await shards()).shards(folder),
  "progress": async () => (await shards()).progress(),
  "text": async (folder) => (await corpora()).text(folder),
  "json": async (folder) => (await corpora()).json(folder),
  "gz": async () => (await corpora()).gzip(),
  "zst": async () => (await corpora()).zst(),
  "tar": async () => (await corpora()).archive(),
  "lm1b-archive": async (folder) => (await corpora()).lm1b(folder),
  "parquet-metadata": async () => (await corpora()).parquetMetadata(),
  "parquet": async () => (await corpora()).parquet(),
  "parquet-thread": async () => (await corpora()).parquetThread(),
  "hub": async () => (await import("./subjects/hub.ts")).hub(),
  "bert": async (folder) => (await tokenizers()).bert(folder),
  "bpe": async (folder) => (await tokenizers()).bpe(folder),
  "byte-pairs": async (folder) => (await tokenizers()).pairs(folder),
  "ids": async (folder) => (await tokenizers()).ids(folder),
  "results": async (folder) => (await results()).results(folder),
  "texts": async (folder) => (await results()).texts(folder),
  "metrics": async (folder) => (await results()).metrics(folder),
  "config": async (folder) => (await import("./subjects/config.ts")).config(folder),
};
