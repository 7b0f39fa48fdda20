/**
 * Corpora in files, local or on a web server, read as streams of any size.
 *
 * @module
 */
import { ConfigError, DataError } from "../../errors.ts";
import type { ByteSource } from "../../io/byte_source.ts";
import { builtin } from "../../system/builtin.ts";
import { addressOf } from "../../system/location.ts";
import { sha256Hex } from "../../system/sha256.ts";
import { openByteSource } from "../../io/open_source.ts";
import { type Attendance, PATIENT } from "../../net/retry_policy.ts";
import type { Corpus, CorpusLocation, CorpusPart, TextPiece } from "../corpus.ts";
import { skipDocuments } from "../corpus.ts";
import { openParquet } from "./parquet/documents.ts";
import { readBetweenBlankLines } from "./text/blank_lines.ts";
import { identityOf, readBytes, whileAllowed } from "./bytes/read_bytes.ts";
import { decompress } from "./bytes/decompress.ts";
import { readJson, readJsonLines, readLines } from "./text/documents.ts";
import { type FileFormat, formatOf } from "./bytes/formats.ts";
import { expandGlob, isPattern } from "./bytes/glob.ts";
import { mapFew } from "./bytes/map_few.ts";

type FileLocation = Extract<CorpusLocation, { kind: "file" }>;

/** The files of one of a corpus's splits. */
interface Files {
  /** Their path, pattern or address. */
  location: string;
  /** The configuration key that says so. */
  key: string;
}

/**
 * The corpus in files of text, JSON or Parquet. Needs read permission for paths, and for the folder
 * of a pattern.
 *
 * @param attendance Who waits for a server.
 * @throws {DataError} if a name ends otherwise.
 * @throws {ConfigError} from `parts()`, if a file is to train on and to validate with.
 */
export function openFileCorpus(location: FileLocation, attendance: Attendance = {}): Corpus {
  const { path, validationPath = null } = location;
  const train: Files = { location: path, key: "data.source.path" };
  const validation: Files | null = validationPath === null
    ? null
    : { location: validationPath, key: "data.source.validationPath" };
  for (const files of validation === null ? [train] : [train, validation]) {
    if (!isPattern(files.location)) formatOf(files.location, files.key);
  }
  return {
    name: path,
    location,
    identity: () => identityOfCorpus(location, train, validation, attendance),
    async parts() {
      if (validation !== null) await requireApart(train, validation);
      return {
        train: await partsOf(train, location, attendance),
        validation: validation === null ? null : await partsOf(validation, location, attendance),
      };
    },
  };
}

/**
 * Refuses files that two patterns share. Who names the same for both has meant it.
 *
 * @throws {ConfigError} naming such a file.
 */
async function requireApart(train: Files, validation: Files): Promise<void> {
  if (train.location === validation.location) return;
  const held = new Set(
    await mapFew(await expandGlob(validation.location, validation.key), placeOf),
  );
  const names = await expandGlob(train.location, train.key);
  const places = await mapFew(names, placeOf);
  const both = names.find((_, i) => held.has(places[i]!));
  if (both === undefined) return;
  throw new ConfigError(
    `${both} belongs to ${train.key} ${train.location} and to ${validation.key} ` +
      `${validation.location}: what is validated with must not be trained on. Set one of them to ` +
      `other files.`,
  );
}

/** The same for each way to write a file's name, links included. */
async function placeOf(name: string): Promise<string> {
  const url = addressOf(name) ?? builtin("node:url").pathToFileURL(name);
  // What is not there is for its reader to say.
  return url.protocol === "file:" ? await Deno.realPath(url).catch(() => url.href) : url.href;
}

async function partsOf(
  { location, key }: Files,
  corpus: FileLocation,
  attendance: Attendance,
): Promise<CorpusPart[]> {
  const names = await expandGlob(location, key);
  return await mapFew(names, (name) => {
    const format = formatOf(name, key);
    return format.content === "parquet"
      ? parquetPart(name, corpus, attendance)
      : textPart(name, key, format, corpus, attendance);
  });
}

/** A part that knows how many documents it has, for which the end of the file is read. */
async function parquetPart(
  name: string,
  { field = "text" }: FileLocation,
  attendance: Attendance,
): Promise<CorpusPart> {
  const source = await openCorpusFile(name, attendance);
  try {
    using parquet = await openParquet(source, field, attendance);
    const { documents } = parquet;
    return { name, documents, pieces: (skip) => parquetPieces(name, field, skip, attendance) };
  } finally {
    source.close();
  }
}

function openCorpusFile(name: string, attendance: Attendance): Promise<ByteSource> {
  const opening = openByteSource(name, DataError, { retry: PATIENT, ...attendance });
  return whileAllowed(name, opening);
}

async function* parquetPieces(
  name: string,
  field: string,
  skip: number,
  attendance: Attendance,
): AsyncGenerator<TextPiece> {
  const source = await openCorpusFile(name, attendance);
  try {
    using parquet = await openParquet(source, field, attendance);
    yield* parquet.pieces(skip);
  } finally {
    source.close();
  }
}

function textPart(
  name: string,
  key: string,
  { content, compression }: FileFormat,
  { field = "text", documents = "blank-lines" }: FileLocation,
  attendance: Attendance,
): CorpusPart {
  const bytes = () => {
    const stored = readBytes(name, key, attendance);
    return compression === null ? stored : decompress(stored, compression, name);
  };
  return {
    name,
    documents: null,
    pieces: (skip) => {
      if (content === "jsonl") return readJsonLines(bytes(), name, field, skip);
      if (content === "json") return readJson(bytes(), name, field, skip);
      if (documents === "lines") return readLines(bytes(), name, skip);
      return skipDocuments(readBetweenBlankLines(bytes(), name), skip);
    },
  };
}

/** A lone file's own identity; else a hash of the names, identities and keys that matter. */
async function identityOfCorpus(
  { field = "text", documents = "blank-lines" }: FileLocation,
  train: Files,
  validation: Files | null,
  attendance: Attendance,
): Promise<string> {
  const parts: string[][] = [];
  for (const files of validation === null ? [train] : [train, validation]) {
    for (const name of await expandGlob(files.location, files.key)) {
      const { content } = formatOf(name, files.key);
      const reading = content !== "txt"
        ? field === "text" ? [] : [`field ${field}`]
        : documents === "lines"
        ? ["documents lines"]
        : [];
      const identity = await identityOf(name, files.key, attendance);
      parts.push([files.key, name.replace(/.*\//, ""), identity, ...reading]);
    }
  }
  if (parts.length === 1) return parts[0]!.slice(2).join(" ");
  return `sha256:${await sha256Hex(JSON.stringify(parts))}`;
}
