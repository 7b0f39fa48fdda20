/**
 * Reads the manifest of a folder of token shards, and checks that it can be relied on.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { versionOf } from "../../io/json_file.ts";
import { joinLocation } from "../../system/location.ts";
import { isMissing } from "../../net/missing.ts";
import { readText } from "../../io/read_text.ts";
import {
  anyText,
  describeValue,
  type Field,
  fileName,
  integer,
  nullable,
  number,
  oneOf,
  scalar,
  sha256,
  text,
} from "../../schema/field.ts";
import { parseJson, readShape } from "../../schema/read_json.ts";
import type { Items, Section } from "../../schema/tree.ts";
import {
  bytesPerId,
  MANIFEST_FILE,
  preprocessCommand,
  remakeShards,
  type ShardFile,
  type ShardManifest,
  type SplitManifest,
} from "./manifest.ts";
import { PACKINGS } from "./packing.ts";

/** Powers of two that are lengths of documents. */
const MAX_LENGTHS = 53;

/** What a key of a corpus's location may hold, so that it is read back as it was. */
export const LOCATION_VALUE = scalar();

const count = (doc: string) => integer({ doc, min: 0 });

/** The entries of shards, in manifests and in the states that preprocessing saves. */
export const SHARD_FILES: Items<ShardFile[]> = {
  doc: "The shards in order.",
  item: {
    doc: "One shard.",
    keys: {
      file: fileName({ doc: "Its name." }),
      blocks: integer({ doc: "Its blocks.", min: 1 }),
      bytes: integer({ doc: "Its size.", min: 1 }),
      sha256: sha256({ doc: "Of its content." }),
    },
  },
};

const split: Section<SplitManifest> = {
  doc: "One split.",
  keys: {
    documents: count("Documents with tokens."),
    blocks: integer({ doc: "Blocks of all shards.", min: 1 }),
    shards: SHARD_FILES,
  },
};

const MANIFEST: Section<Omit<ShardManifest, "format" | "version">> = {
  doc: "What a folder of token shards holds.",
  keys: {
    configHash: text({ doc: "Hash of everything that the shards depend on." }),
    corpus: {
      doc: "The corpus.",
      keys: {
        name: anyText({ doc: "What messages call it." }),
        // To the compiler a location has the key `kind` alone, which all of them have.
        location: { doc: "Where it was read.", entry: LOCATION_VALUE as Field<never> },
        identity: anyText({ doc: "A version or a hash." }),
        documents: count("Documents with tokens."),
        faults: count("Documents left out."),
        // Earlier manifests have neither this nor the tokens that are unknown or cut off.
        empty: integer({ doc: "Documents without tokens.", min: 0, fallback: 0 }),
        bytes: count("Bytes of documents with tokens."),
        tokens: count("Tokens of text."),
        unknown: integer({ doc: "Tokens of unknown words.", min: 0, fallback: 0 }),
        cutOff: integer({ doc: "Tokens beyond a block.", min: 0, fallback: 0 }),
        unigramEntropy: number({ doc: "Of the tokens.", min: 0 }),
        lengths: { doc: "Documents by length.", item: count("How many.") },
        frequent: {
          doc: "The most frequent tokens.",
          item: { doc: "An id and its count.", item: count("One of them.") },
        },
      },
    },
    tokenizer: {
      doc: "The tokenizer.",
      keys: {
        name: text({ doc: "Its name." }),
        file: nullable(text(), { doc: "Where its vocabulary was." }),
        fingerprint: text({ doc: "Hash of vocabulary and rules." }),
        vocabSize: integer({ doc: "The number of ids.", min: 1, max: 2 ** 32 }),
      },
    },
    length: integer({ doc: "Tokens in a block.", min: 3, max: 2 ** 24 }),
    packing: oneOf(PACKINGS, { doc: "How they are packed." }),
    detokenizer: nullable(text(), { doc: "What texts passed before." }),
    validationFraction: number({ doc: "Part kept for validation.", min: 0, below: 1 }),
    validationDocuments: nullable(integer({ min: 1 }), { doc: "Documents kept instead." }),
    dtype: oneOf(["uint16", "uint32"], { doc: "How ids are stored." }),
    splits: { doc: "The splits.", keys: { train: split, validation: split } },
  },
};

/**
 * Reads and checks the manifest of a folder of shards.
 *
 * @throws {DataError} if it is missing, unreadable, not a manifest or of another version.
 */
export async function readManifest(folder: string): Promise<ShardManifest> {
  const path = joinLocation(folder, MANIFEST_FILE);
  const source = await readSource(path, folder);
  const document = { name: path, error: DataError, advice: remakeShards() };
  const value = parseJson(source, document);
  const version = versionOf(value, "flm-shards", document);
  if (version !== 2) {
    throw new DataError(`${path} has version ${version}, expected 2. ${remakeShards()}`);
  }
  const content = readShape(value, MANIFEST, document);
  const problem = findProblem(content);
  if (problem !== null) throw new DataError(`${path} is damaged: ${problem}. ${remakeShards()}`);
  return { format: "flm-shards", version, ...content };
}

async function readSource(path: string, folder: string): Promise<string> {
  try {
    return await readText(path, DataError);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new DataError(
      `No token shards in ${folder}: there is no ${MANIFEST_FILE}. ` +
        `Make them with ${preprocessCommand()}, or set data.dir.`,
      { cause: error },
    );
  }
}

/** The first thing in a manifest that does not fit the rest, in words, or null. */
function findProblem(
  { length, dtype, corpus, tokenizer, splits }: Omit<ShardManifest, "format" | "version">,
): string | null {
  if (corpus.lengths.length > MAX_LENGTHS) {
    return `corpus.lengths has ${corpus.lengths.length} numbers, expected at most ${MAX_LENGTHS}`;
  }
  const kind: unknown = corpus.location.kind;
  if (typeof kind !== "string") {
    return `corpus.location has the kind ${describeValue(kind)}, expected text`;
  }
  const stray = corpus.frequent.find((pair) => pair.length !== 2 || pair[0] >= tokenizer.vocabSize);
  if (stray !== undefined) {
    return `corpus.frequent has [${stray.slice(0, 3)}], expected pairs of a token id below ` +
      `${tokenizer.vocabSize} and a count`;
  }
  for (const [name, { blocks, shards }] of Object.entries(splits)) {
    const perShard = shards[0]?.blocks ?? 0;
    let sum = 0;
    for (const shard of shards) {
      const { file, bytes } = shard;
      if (bytes !== shard.blocks * length * bytesPerId(dtype)) {
        return `shard ${file} holds ${shard.blocks} blocks in ${bytes} bytes`;
      }
      if (shard.blocks > perShard) return `shard ${file} is too large`;
      if (sum % perShard !== 0) return `shard ${file} follows a short one`;
      sum += shard.blocks;
    }
    if (sum !== blocks) return `split ${name} has ${blocks} blocks, its shards ${sum}`;
  }
  return null;
}
