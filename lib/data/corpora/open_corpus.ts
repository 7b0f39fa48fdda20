/**
 * Opens the corpora that configurations can name.
 *
 * @module
 */
import type { Attendance } from "../../net/retry_policy.ts";
import type { Corpus, CorpusLocation } from "../corpus.ts";
import { openFileCorpus } from "./file.ts";
import { openHubCorpus } from "./hub.ts";
import { openLettersCorpus } from "./letters.ts";
import { openLm1bArchive } from "./lm1b_archive.ts";
import { openNpmCorpus } from "./npm.ts";
import { noTextCorpus } from "./text_corpus.ts";

/**
 * The corpus at a location. Nothing is read yet.
 *
 * @param attendance Who waits for the servers that have it.
 * @throws {DataError} if no such data set is known, the file's kind is not, or the text was a
 * program's own: see textCorpus().
 */
export function openCorpus(
  location: CorpusLocation,
  attendance: Attendance = {},
): Corpus {
  switch (location.kind) {
    case "npm":
      return openNpmCorpus(location.package);
    case "hub":
      return openHubCorpus(location, attendance);
    case "file":
      return openFileCorpus(location, attendance);
    case "lm1b-archive":
      return openLm1bArchive(location.path, attendance);
    case "text":
      throw noTextCorpus(location.name);
    case "letters":
      return openLettersCorpus();
  }
}
