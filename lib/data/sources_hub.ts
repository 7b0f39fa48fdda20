/**
 * Corpora that are data sets on the Hugging Face hub, read from their Parquet
 * files as they are needed: nothing is kept on disk.
 *
 * @module
 */
import type { Corpus, CorpusLocation, CorpusPart, TextPiece } from "./corpus.ts";
import { openParquet } from "./parquet_documents.ts";
import {
  type HubFile,
  type HubOptions,
  type HubSnapshot,
  openSnapshot,
} from "./sources_hub_api.ts";
import { type HubSplits, splitsOf } from "./sources_hub_files.ts";

/** Files whose metadata are fetched at the same time. */
const FILES_AT_ONCE = 4;

/** Which texts of which data set. */
export type HubLocation = Extract<CorpusLocation, { kind: "hub" }>;

/** A data set's commit and the files of its configuration. */
interface Opened {
  snapshot: HubSnapshot;
  splits: HubSplits;
}

/**
 * The corpus in a data set on the hub. Needs network permission for the hub and the hosts that it
 * keeps its files on. Every file is a part.
 */
export function openHubCorpus(location: HubLocation, options: HubOptions = {}): Corpus {
  const { dataset, revision, trainSplit, validationSplit, field } = location;
  const name = `hub:${dataset}`;
  let opened: Promise<Opened> | undefined;
  const open = () => opened ??= lookUp(location, options);

  async function partsOf(split: string, key: string): Promise<CorpusPart[]> {
    const { snapshot, splits } = await open();
    return await mapSome(splits.files(split, key), (file) => partOf(snapshot, file, field));
  }

  return {
    name: `${name}@${revision}`,
    location,
    async identity() {
      const { snapshot, splits } = await open();
      const chosen = [splits.config, trainSplit, validationSplit, field];
      return `${name}@${snapshot.sha}:${JSON.stringify(chosen)}`;
    },
    async parts() {
      const train = await partsOf(trainSplit, "data.source.trainSplit");
      const validation = validationSplit === null
        ? null
        : await partsOf(validationSplit, "data.source.validationSplit");
      return { train, validation };
    },
  };
}

async function lookUp(location: HubLocation, options: HubOptions): Promise<Opened> {
  const { dataset, revision, config } = location;
  const snapshot = await openSnapshot(dataset, revision, options);
  return { snapshot, splits: splitsOf(`hub:${dataset}@${revision}`, snapshot.files, config) };
}

/** A file as a part. Its metadata are not kept: those of thousands of row groups are large. */
async function partOf(snapshot: HubSnapshot, file: HubFile, field: string): Promise<CorpusPart> {
  const source = snapshot.open(file);
  const { documents } = await openParquet(source, field);
  async function* pieces(skip: number): AsyncGenerator<TextPiece> {
    yield* (await openParquet(source, field)).pieces(skip);
  }
  return { name: source.name, documents, pieces };
}

/** Maps items in their order, a few at the same time. */
async function mapSome<A, B>(items: readonly A[], map: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (let i = 0; i < items.length; i += FILES_AT_ONCE) {
    results.push(...await Promise.all(items.slice(i, i + FILES_AT_ONCE).map(map)));
  }
  return results;
}
