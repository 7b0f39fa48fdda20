/**
 * The One Billion Word Benchmark (Chelba et al., 2013) in the archive in which it was published:
 * 99 files of shuffled sentences to train on and 50 held-out ones, a sentence a line.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import type { Attendance } from "../../net/retry_policy.ts";
import type { Corpus, CorpusPart, TextPiece } from "../corpus.ts";
import { skipDocuments } from "../corpus.ts";
import { identityOf, readBytes } from "./bytes/read_bytes.ts";
import { decompress } from "./bytes/decompress.ts";
import { readLines } from "./text/documents.ts";
import { readTar } from "./bytes/tar.ts";

const KEY = "data.source.path";

const SPLITS = {
  train: /\/training-monolingual\.tokenized\.shuffled\/news\.en-\d{5}-of-00100$/,
  validation: /\/heldout-monolingual\.tokenized\.shuffled\/news\.en\.heldout-\d{5}-of-00050$/,
};

/**
 * The corpus in the archive `1-billion-word-language-modeling-benchmark-r13output.tar.gz`. Its
 * documents are in the archive's order; each split is read in one pass over the whole of it.
 *
 * @param attendance Who waits for a server.
 */
export function openLm1bArchive(path: string, attendance: Attendance = {}): Corpus {
  return {
    name: path,
    location: { kind: "lm1b-archive", path },
    identity: () => identityOf(path, KEY, attendance),
    parts: () =>
      Promise.resolve({
        train: [partOf(path, "training", SPLITS.train, attendance)],
        validation: [partOf(path, "heldout", SPLITS.validation, attendance)],
      }),
  };
}

function partOf(
  path: string,
  name: string,
  entries: RegExp,
  attendance: Attendance,
): CorpusPart {
  return {
    name: `${path} (${name})`,
    documents: null,
    pieces: (skip) => skipDocuments(readEntries(path, entries, attendance), skip),
  };
}

async function* readEntries(
  path: string,
  entries: RegExp,
  attendance: Attendance,
): AsyncGenerator<TextPiece> {
  let found = false;
  const archive = decompress(readBytes(path, KEY, attendance), "gz", path);
  for await (const entry of readTar(archive, path)) {
    if (!entries.test(`/${entry.path}`)) continue;
    found = true;
    yield* readLines(entry.bytes, `${path}/${entry.path}`, 0);
  }
  if (found) return;
  throw new DataError(
    `The archive ${path} holds no file that matches ${entries.source}: it is not the One Billion ` +
      `Word Benchmark as it was published. Set ${KEY}.`,
  );
}
