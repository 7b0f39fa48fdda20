/**
 * Opens the corpora that configurations can name.
 *
 * @module
 */
import type { Corpus, CorpusLocation } from "./corpus.ts";
import { openFileCorpus } from "./sources_file.ts";
import { openNpmCorpus } from "./sources_npm.ts";

/**
 * The corpus at a location. Nothing is read yet.
 *
 * @throws {DataError} if no such data set is known or the file's kind is not.
 */
export function openCorpus(location: CorpusLocation): Corpus {
  return location.kind === "npm" ? openNpmCorpus(location.package) : openFileCorpus(location.path);
}
