/**
 * What a run folder remembers of the stages that filled it: `reproduce.json`.
 *
 * @module
 */

import { readJsonFile, writeJsonFile } from "../../lib/io/json_file.ts";
import type { Inputs, TaskName } from "./chain.ts";

/** The file's name. */
export const RECORDS_FILE = "reproduce.json";

/** What is remembered of one stage. */
export interface StageRecord {
  /** Hash of the inputs. */
  readonly hash: string;
  /** What the result depends on. */
  readonly inputs: Inputs;
  /** Time that the stage took, so far. */
  readonly seconds: number;
}

/** The records of a folder, by task. */
export type Records = Readonly<Partial<Record<TaskName, StageRecord>>>;

/** Reads a folder's records; none if there is no such file, or it is damaged. */
export async function readRecords(folder: string): Promise<Records> {
  try {
    const found = await readJsonFile(`${folder}/${RECORDS_FILE}`);
    return typeof found === "object" && found !== null ? found as Records : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Sets the record of one task. @throws {FlmError} if it cannot be written. */
export async function writeRecord(
  folder: string,
  task: TaskName,
  record: StageRecord,
): Promise<void> {
  const records = { ...await readRecords(folder), [task]: record };
  await writeJsonFile(`${folder}/${RECORDS_FILE}`, records);
}
