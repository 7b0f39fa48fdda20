/**
 * Corpora that are data sets on the Hugging Face hub, read from their Parquet
 * files as they are needed: nothing is kept on disk.
 *
 * @module
 */
import { ConfigError } from "../../errors.ts";
import type { Corpus, CorpusLocation, CorpusPart, TextPiece } from "../corpus.ts";
import { openParquet } from "./parquet/documents.ts";
import { type HubOptions, type HubSnapshot, openSnapshot } from "./hub/api.ts";
import type { HubFile } from "./hub/listing.ts";
import { type HubSplits, splitsOf } from "./hub/files.ts";
import { describedConfigs } from "./hub/readme.ts";
import { mapFew } from "./bytes/map_few.ts";

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

  async function partsOf(files: readonly HubFile[]): Promise<CorpusPart[]> {
    const { snapshot } = await open();
    return await mapFew(files, (file) => partOf(snapshot, file, field, options));
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
      const { splits } = await open();
      const train = splits.files(trainSplit, "data.source.trainSplit");
      if (validationSplit === null) return { train: await partsOf(train), validation: null };
      const validation = splits.files(validationSplit, "data.source.validationSplit");
      const held = new Set(validation);
      const both = trainSplit === validationSplit
        ? undefined
        : train.find((file) => held.has(file));
      if (both !== undefined) {
        throw new ConfigError(
          `${name} has ${both.path} in "${trainSplit}" and in "${validationSplit}": set ` +
            `data.source.validationSplit to another split, or to null.`,
        );
      }
      return { train: await partsOf(train), validation: await partsOf(validation) };
    },
  };
}

async function lookUp(location: HubLocation, options: HubOptions): Promise<Opened> {
  const { dataset, revision, config } = location;
  const snapshot = await openSnapshot(dataset, revision, options);
  const { files } = snapshot;
  const name = `hub:${dataset}@${revision}`;
  const readme = files.find(({ path }) => path === "README.md");
  // A commit of the converted branch is not called so, but has no README.
  const isConverted = revision.startsWith("refs/convert/") ||
    (readme === undefined && revision === snapshot.sha);
  const described = isConverted || readme === undefined
    ? []
    : await describedConfigs(await snapshot.readText(readme), `README.md of ${name}`);
  return { snapshot, splits: splitsOf(name, files, config, { described, isConverted }) };
}

/** A file as a part. Its metadata are not kept: those of thousands of row groups are large. */
async function partOf(
  snapshot: HubSnapshot,
  file: HubFile,
  field: string,
  options: HubOptions,
): Promise<CorpusPart> {
  const source = snapshot.open(file);
  using parquet = await openParquet(source, field, options);
  async function* pieces(skip: number): AsyncGenerator<TextPiece> {
    using parquet = await openParquet(source, field, options);
    yield* parquet.pieces(skip);
  }
  return { name: source.name, documents: parquet.documents, pieces };
}
