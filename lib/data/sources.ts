/**
 * Opens the corpora that configurations can name.
 *
 * @module
 */
import type { Corpus, CorpusLocation } from "./corpus.ts";
import { openFileCorpus } from "./sources_file.ts";
import { openHubCorpus } from "./sources_hub.ts";
import { openLettersCorpus } from "./sources_letters.ts";
import { openLm1bArchive } from "./sources_lm1b_archive.ts";
import { openNpmCorpus } from "./sources_npm.ts";

/** Options of {@linkcode openCorpus}. */
export interface OpenCorpusOptions {
  /** Stops requests to servers, and the waiting between them. */
  signal?: AbortSignal | undefined;
}

/**
 * The corpus at a location. Nothing is read yet.
 *
 * @throws {DataError} if no such data set is known or the file's kind is not.
 */
export function openCorpus(
  location: CorpusLocation,
  { signal }: OpenCorpusOptions = {},
): Corpus {
  switch (location.kind) {
    case "npm":
      return openNpmCorpus(location.package);
    case "hub":
      return openHubCorpus(location, { signal });
    case "file":
      return openFileCorpus(location, signal);
    case "lm1b-archive":
      return openLm1bArchive(location.path, signal);
    case "letters":
      return openLettersCorpus();
  }
}
