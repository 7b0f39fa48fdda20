/**
 * Whether the text of a corpus is still the same, where that can be seen at once.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { fileSize } from "../../system/exists.ts";
import { isUrl } from "../../system/location.ts";
import type { CorpusLocation } from "../corpus.ts";
import { openCorpus } from "./open_corpus.ts";
import { expandGlob } from "./bytes/glob.ts";

/** Files of more bytes than these together are not read for it: a second's work. */
const MAX_BYTES = 1 << 28;

/**
 * What a corpus says of itself, see `Corpus.identity`, if neither a network nor time is needed to
 * know it.
 *
 * @param maxBytes Size of files that are read for it at most.
 * @returns null for data sets of the hub, addresses, large files, and files that are not there: who
 * has the shards needs no corpus.
 */
export async function localIdentity(
  location: CorpusLocation,
  maxBytes = MAX_BYTES,
): Promise<string | null> {
  if (location.kind === "hub") return null;
  try {
    const size = await bytesToRead(location);
    return size === null || size > maxBytes ? null : await openCorpus(location).identity();
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}

/** The size of a corpus's files; null if one is not on this machine. */
async function bytesToRead(location: CorpusLocation): Promise<number | null> {
  if (!("path" in location)) return 0;
  const { path, validationPath = null } = { validationPath: null, ...location };
  let sum = 0;
  for (const each of validationPath === null ? [path] : [path, validationPath]) {
    if (isUrl(each)) return null;
    for (const name of await expandGlob(each, "data.source")) {
      const size = await fileSize(name);
      if (size === null) return null;
      sum += size;
    }
  }
  return sum;
}
