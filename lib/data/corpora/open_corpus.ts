/**
 * Opens the corpora that configurations can name.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import type { Attendance } from "../../net/retry_policy.ts";
import { describeValue } from "../../schema/field.ts";
import type { Corpus, CorpusLocation } from "../corpus.ts";
import { openLettersCorpus } from "./letters.ts";
import { openNpmCorpus } from "./npm.ts";
import { noTextCorpus } from "./text_corpus.ts";

/**
 * The corpus at a location. Nothing is read yet, and nothing is loaded that reads it.
 *
 * @example The documents of a text file
 * ```ts
 * import { openCorpus } from "@flm/flm";
 *
 * const corpus = openCorpus({ kind: "file", path: "mine.txt" });
 * const { train: [part] } = await corpus.parts();
 * for await (const { text } of part!.pieces(0)) console.log(text.length);
 * ```
 *
 * @param attendance Who waits for the servers that have it.
 * @throws {DataError} if no such data set is known, or the text was a program's own: see
 * textCorpus(). The corpus's functions throw it if the kind of a file is not known.
 */
export function openCorpus(
  location: CorpusLocation,
  attendance: Attendance = {},
): Corpus {
  switch (location.kind) {
    case "npm":
      return openNpmCorpus(location.package);
    case "hub":
      return openedWhenRead(`hub:${location.dataset}@${location.revision}`, location, async () => {
        const { openHubCorpus } = await import("./hub.ts");
        return openHubCorpus(location, attendance);
      });
    case "file":
      return openedWhenRead(location.path, location, async () => {
        const { openFileCorpus } = await import("./file.ts");
        return openFileCorpus(location, attendance);
      });
    case "lm1b-archive":
      return openedWhenRead(location.path, location, async () => {
        const { openLm1bArchive } = await import("./lm1b_archive.ts");
        return openLm1bArchive(location.path, attendance);
      });
    case "text":
      throw noTextCorpus(location.name);
    case "letters":
      return openLettersCorpus();
    default:
      throw new DataError(
        `Cannot open a corpus of the kind ${
          describeValue((location as { kind?: unknown }).kind)
        }: ` +
          `docs/configuration.md lists those there are, under data.source.`,
      );
  }
}

/** A corpus whose reader is loaded when it is first asked for something. */
function openedWhenRead(
  name: string,
  location: CorpusLocation,
  open: () => Promise<Corpus>,
): Corpus {
  let opened: Promise<Corpus> | undefined;
  const corpus = () => opened ??= open();
  return {
    name,
    location,
    identity: async () => await (await corpus()).identity(),
    parts: async () => await (await corpus()).parts(),
  };
}
