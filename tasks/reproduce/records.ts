/**
 * What a run folder remembers of the jobs that filled it: `reproduce.json`.
 *
 * @module
 */

import { DataError } from "../../lib/errors.ts";
import { writeJsonFile } from "../../lib/io/json_file.ts";
import { readTextIfThere } from "../../lib/io/read_text.ts";
import { anything, number, text } from "../../lib/schema/field.ts";
import { readJson } from "../../lib/schema/read_json.ts";
import type { Section } from "../../lib/schema/tree.ts";
import { removeLeftoversOf } from "../../lib/system/atomic.ts";
import type { Inputs, TaskName } from "./plan.ts";

/** The file's name. */
export const RECORDS_FILE = "reproduce.json";

/** What is remembered of one job. */
export interface JobRecord {
  /** Hash of the inputs. */
  readonly hash: string;
  /** What the result depends on. */
  readonly inputs: Inputs;
  /** Time that the job took, so far. */
  readonly seconds: number;
}

/** The records of a folder, by task. */
export type Records = Readonly<Partial<Record<TaskName, JobRecord>>>;

const RECORD: Section<JobRecord> = {
  doc: "What is remembered of a job.",
  keys: {
    hash: text(),
    inputs: { entry: anything() },
    seconds: number({ min: 0 }),
  },
};
const OPTIONAL = { optional: RECORD };

const RECORDS: Section<Records> = {
  doc: "What is remembered, by task.",
  keys: {
    preprocess: OPTIONAL,
    train: OPTIONAL,
    distill: OPTIONAL,
    "distill:second": OPTIONAL,
    "train-ar": OPTIONAL,
    evaluate: OPTIONAL,
    "gen-ppl": OPTIONAL,
  },
};

/**
 * Reads a folder's records; none if there is no such file.
 *
 * @throws {DataError} if it is damaged, naming the field.
 */
export async function readRecords(folder: string): Promise<Records> {
  const name = `${folder}/${RECORDS_FILE}`;
  const text = await readTextIfThere(name, DataError);
  if (text === undefined) return {};
  return readJson<Records>(text, RECORDS, {
    name,
    error: DataError,
    advice: "Remove it: what the run depends on is in its checkpoints, too.",
  });
}

/**
 * Removes what a killed program has left of writing a folder's records, as the next write does:
 * there is none where all jobs are done.
 *
 * @throws {FlmError} if it cannot be removed.
 */
export async function removeRecordLeftovers(folder: string): Promise<void> {
  await removeLeftoversOf(`${folder}/${RECORDS_FILE}`);
}

/** Sets the record of one task. @throws {FlmError} if it cannot be written. */
export async function writeRecord(
  folder: string,
  task: TaskName,
  record: JobRecord,
): Promise<void> {
  const records = { ...await readRecords(folder), [task]: record };
  await writeJsonFile(`${folder}/${RECORDS_FILE}`, records);
}
