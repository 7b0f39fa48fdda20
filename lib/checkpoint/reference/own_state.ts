/**
 * What flm adds to the files that it exports, in the words of a checkpoint: they then say all that
 * a run says, and an import gives back what was exported.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import type { FileRecord } from "../../io/file_record.ts";
import { versionOf } from "../../io/json_file.ts";
import { anyText, anything } from "../../schema/field.ts";
import { readShape } from "../../schema/read_json.ts";
import type { Section } from "../../schema/tree.ts";
import { type CheckpointState, FILE_RECORDS, parseCheckpointState } from "../state.ts";
import { WEIGHTS, type Weights } from "../trained_model.ts";

/** The key under which it stands in a `config.json` and among the hyper-parameters. */
export const OWN_KEY = "flm";

const FORMAT = "flm-model";
const VERSION = 1;

/** What flm says of a model that it exported. */
export interface OwnState {
  /** Which weights were exported; of a file that has all of them, those of the running average. */
  readonly weights: Weights;
  /** What the checkpoint said. */
  readonly state: CheckpointState;
  /** The tokenizer's vocabulary, where no file of the model has it. */
  readonly vocabulary?: string | undefined;
  /** Files of weights beside it, as they were written. */
  readonly files?: Readonly<Record<string, FileRecord>> | undefined;
}

interface StoredState extends Omit<OwnState, "state"> {
  readonly state: unknown;
}

const SECTION: Section<StoredState> = {
  doc: "What flm says of a model that it exported.",
  keys: {
    weights: WEIGHTS,
    state: anything({ doc: "What the checkpoint said." }),
    vocabulary: { doc: "Of the tokenizer.", optional: anyText({ doc: "The text of its file." }) },
    files: FILE_RECORDS,
  },
};

/** The value that stands under {@linkcode OWN_KEY}. */
export function ownState({ weights, state, vocabulary, files }: OwnState): Record<string, unknown> {
  // What is so of a checkpoint in its place only.
  const { files: _files, checksum: _checksum, unlogged: _, imported: _source, ...own } = state;
  const { best: _best, ...rest } = own;
  const more = {
    ...(vocabulary === undefined ? {} : { vocabulary }),
    ...(files === undefined ? {} : { files }),
  };
  return { format: FORMAT, version: VERSION, weights, state: rest, ...more };
}

/**
 * Reads such a value.
 *
 * @param name What holds it, for messages.
 * @throws {CheckpointError} if it is none, or of a later version.
 */
export async function readOwnState(value: unknown, name: string): Promise<OwnState> {
  const document = { name, error: CheckpointError };
  const version = versionOf(value, FORMAT, document);
  if (version !== VERSION) {
    throw new CheckpointError(
      `Cannot read ${name}: its version is ${version}, this program reads ${VERSION}. Use the flm ` +
        `that wrote it.`,
    );
  }
  const { format: _format, version: _version, ...rest } = value as Record<string, unknown>;
  const { state, ...others } = readShape(rest, SECTION, document);
  return { ...others, state: await parseCheckpointState(JSON.stringify(state), name) };
}
