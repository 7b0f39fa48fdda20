/**
 * What lies in the folder of a run: its checkpoints, and which of them is the newest.
 *
 * @module
 */

import { CheckpointError, isPermissionDenied, messageOf } from "../errors.ts";
import { readText } from "../io/read_text.ts";
import { isMissing } from "../net/missing.ts";
import { anything, describeValue, text } from "../schema/field.ts";
import { readJson } from "../schema/read_json.ts";
import type { Section } from "../schema/tree.ts";
import { requireBuildable, writeFileAtomic } from "../system/atomic.ts";
import { exists } from "../system/exists.ts";
import { isUrl, joinLocation } from "../system/location.ts";
import { explainSystemError, makeFolder, systemCode } from "../system/system_error.ts";
import { checkpointFolder, CHECKPOINTS, LATEST, STATE } from "./files.ts";

const DOCUMENT: Section<{ checkpoint: unknown }> = {
  doc: "What a run goes on from.",
  keys: { checkpoint: anything({ doc: "A folder inside the run's." }) },
};

/** Names of folders, none of which leads upwards or is hidden. */
const INSIDE = text({
  doc: "A folder inside the run's.",
  expected: `a folder inside the run's, such as ${checkpointFolder(200)}`,
  pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
});

/** What a folder's `latest.json` says. */
export interface Latest {
  /** The folder of the newest checkpoint, inside the run's; undefined if it does not say. */
  readonly checkpoint: string | undefined;
  /** Why it does not say. */
  readonly problem: string;
  /** Whether that is because there is no such file. */
  readonly isMissing: boolean;
}

/**
 * Reads the `latest.json` of a run's folder or address. Whatever else lies there under that name,
 * such as the page of a server that has one for every address, is none.
 *
 * @throws {CheckpointError} if it leads out of the folder.
 */
export async function readLatest(location: string): Promise<Latest> {
  const name = joinLocation(location, LATEST);
  let source: string;
  try {
    source = await readText(name, CheckpointError);
  } catch (error) {
    if (isPermissionDenied(error)) throw error;
    const missing = isMissing(error);
    const problem = missing ? `there is no ${LATEST} of a run` : messageOf(error);
    return { checkpoint: undefined, problem, isMissing: missing };
  }
  let checkpoint: unknown;
  try {
    ({ checkpoint } = readJson(source, DOCUMENT, { name, error: CheckpointError }));
  } catch {
    const problem = `${name} is no ${LATEST} of a run (${describeValue(source)})`;
    return { checkpoint: undefined, problem, isMissing: false };
  }
  const inside = INSIDE.check(checkpoint);
  if (inside !== undefined) return { checkpoint: inside, problem: "", isMissing: false };
  throw new CheckpointError(
    `Cannot read ${name}: checkpoint: expected ${INSIDE.expected}, found ` +
      `${describeValue(checkpoint)}.`,
  );
}

/** Makes the checkpoint of a step the one that a run goes on from. */
export async function writeLatest(run: string, step: number): Promise<void> {
  const latest = { checkpoint: checkpointFolder(step) };
  await writeFileAtomic(`${run}/${LATEST}`, JSON.stringify(latest) + "\n");
}

/**
 * Finds out whether a run can get a checkpoint, before the work that one is to keep.
 *
 * @throws {FlmError} saying what is in the way.
 */
export async function requireRoomForCheckpoints(run: string): Promise<void> {
  await makeFolder(`${run}/${CHECKPOINTS}`);
  await requireBuildable(`${run}/${checkpointFolder(0)}`);
}

/** The steps of a local run's checkpoints, whole or not, from the last to the first. */
export async function listCheckpoints(run: string): Promise<number[]> {
  const steps: number[] = [];
  try {
    for await (const { name } of Deno.readDir(`${run}/${CHECKPOINTS}`)) {
      const step = Number(name);
      if (`${CHECKPOINTS}/${name}` === checkpointFolder(step)) steps.push(step);
    }
  } catch (error) {
    if (isMissing(error)) return [];
    throw explainSystemError("read", `${run}/${CHECKPOINTS}`, error, CheckpointError);
  }
  return steps.sort((a, b) => b - a);
}

/** The run that a local checkpoint's folder belongs to, and its step; null for other folders. */
export function placeOfCheckpoint(location: string): { run: string; step: number } | null {
  const [, run, step] = /^(.+)\/checkpoints\/(\d+)\/*$/s.exec(location) ?? [];
  return isUrl(location) || run === undefined ? null : { run, step: Number(step) };
}

/**
 * Checks that a folder may hold a run: that it is neither a checkpoint nor inside another run,
 * which would remove it together with its checkpoints.
 *
 * @throws {CheckpointError} naming the other run.
 */
export async function requireOwnFolder(run: string): Promise<void> {
  if (await exists(`${run}/${STATE}`)) {
    throw new CheckpointError(
      `${run} is a checkpoint, not the folder of a run. Give the run's folder, with --step STEP ` +
        `to go on from this one.`,
    );
  }
  const parts = run.replace(/\/+$/, "").split("/");
  for (let length = parts.length - 1; length > 0; length--) {
    const outer = parts.slice(0, length).join("/");
    if (outer === "" || !await isKnownToExist(`${outer}/${LATEST}`)) continue;
    throw new CheckpointError(
      `${run} lies inside the run ${outer}, which may remove it. Choose another folder.`,
    );
  }
}

/** Whether a file is there; one that the program may not look at counts as none. */
async function isKnownToExist(path: string): Promise<boolean> {
  try {
    return await exists(path);
  } catch (error) {
    if (isPermissionDenied(error) || systemCode(error) === "EACCES") return false;
    throw error;
  }
}
