/**
 * What token shards were made from, as configurations say it. The manifest tells, so that the
 * corpus need not be there to see whether shards belong to a configuration.
 *
 * @module
 */
import type { DataConfig } from "../../config/config.ts";
import { DataError } from "../../errors.ts";
import { describeValue } from "../../schema/field.ts";
import type { CorpusLocation } from "../corpus.ts";
import { preprocessCommand, type ShardManifest } from "./manifest.ts";

/** Everything in a configuration that decides what shards hold, by its full key. */
export type ShardOrigin = Readonly<Record<string, unknown>>;

/** A key whose value is not the same. */
export interface OriginDifference {
  /** The full key, such as `data.packing`. */
  readonly key: string;
  /** What the shards were made with. */
  readonly made: unknown;
  /** What is asked for. */
  readonly asked: unknown;
}

/** What a configuration's shards are made from. */
export function originOfConfig(data: DataConfig): ShardOrigin {
  const { source, tokenizer, vocabSize } = data;
  return originOf(source, { name: tokenizer, vocabSize: vocabSize ?? undefined }, data);
}

/** What shards were made from. */
export function originOfShards(manifest: ShardManifest): ShardOrigin {
  return originOf(manifest.corpus.location, manifest.tokenizer, manifest);
}

function originOf(
  source: CorpusLocation,
  { name: tokenizer, vocabSize }: { name: string; vocabSize: number | undefined },
  rest: Pick<
    ShardManifest,
    "detokenizer" | "length" | "packing" | "validationFraction" | "validationDocuments"
  >,
): ShardOrigin {
  const { detokenizer, length, packing, validationFraction, validationDocuments } = rest;
  return {
    ...prefixed("data.source.", { ...UNSAID[source?.kind], ...source }),
    ...prefixed("data.", { tokenizer, vocabSize, detokenizer, length, packing }),
    ...prefixed("data.", { validationFraction, validationDocuments }),
  };
}

/** How a corpus is read where its location leaves that out. */
const UNSAID: Readonly<Partial<Record<CorpusLocation["kind"], object>>> = {
  file: { field: "text", documents: "blank-lines", validationPath: null },
};

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]),
  );
}

/** The keys in which origins differ. What one of them leaves out is no difference. */
export function originDifferences(made: ShardOrigin, asked: ShardOrigin): OriginDifference[] {
  const differences = Object.keys(asked)
    .map((key) => ({ key, made: made[key], asked: asked[key] }))
    .filter(({ made, asked }) => made !== undefined && asked !== undefined && made !== asked);
  const kind = differences.find(({ key }) => key === "data.source.kind");
  // Sources of two kinds have no other key in common.
  return kind === undefined
    ? differences
    : [kind, ...differences.filter(({ key }) => !key.startsWith("data.source."))];
}

/** Differences in words, such as `data.packing was "stream", is "padded"`. */
export function describeDifferences(differences: readonly OriginDifference[]): string {
  return differences
    .map(({ key, made, asked }) => `${key} was ${describeValue(made)}, is ${describeValue(asked)}`)
    .join("; ");
}

/**
 * Compares what shards were made from with what a configuration says.
 *
 * @param tokenizer The configuration's: a vocabulary may be another under the same name.
 * @param known Another configuration that is known to have given these shards.
 * @throws {DataError} naming every key that differs, both values, and how to mend it.
 */
export function requireOrigin(
  manifest: ShardManifest,
  data: DataConfig,
  tokenizer: { readonly fingerprint: string },
  known?: DataConfig,
): void {
  const asked = originOfConfig(data);
  // The same text may have moved since it was known.
  const isKnown = known !== undefined &&
    originDifferences(originOfConfig(known), asked).length === 0;
  const differences = [
    ...isKnown ? [] : originDifferences(originOfShards(manifest), asked),
    ...vocabularyDifference(manifest, data, tokenizer),
  ];
  if (differences.length === 0) return;
  throw new DataError(
    `The shards in ${data.dir} were made with another configuration: ` +
      `${describeDifferences(differences)}. Make them again with ${preprocessCommand()}, ` +
      `name other shards by data.dir, or set the key${differences.length === 1 ? "" : "s"} back.`,
  );
}

/** None if the ids are the same, wherever the vocabulary lies; none either if the name differs. */
function vocabularyDifference(
  { tokenizer: made }: ShardManifest,
  { tokenizer: name, tokenizerFile }: DataConfig,
  { fingerprint }: { readonly fingerprint: string },
): OriginDifference[] {
  if (made.name !== name || made.fingerprint === fingerprint) return [];
  if (made.file !== tokenizerFile) {
    return [{ key: "data.tokenizerFile", made: made.file, asked: tokenizerFile }];
  }
  const [before, now] = [made.fingerprint, fingerprint].map((hash) => hash.slice(0, 12));
  return [{ key: `the vocabulary of data.tokenizer "${name}"`, made: before, asked: now }];
}
