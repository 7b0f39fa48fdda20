/**
 * Where a training goes on.
 *
 * @module
 */

import { dirname } from "node:path";
import { CONFIG } from "../../lib/checkpoint/files.ts";
import { listCheckpoints, placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import { ConfigError } from "../../lib/errors.ts";
import { isUrl } from "../../lib/system/location.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";

/** A run, and the step to go on from; its newest checkpoint's unless given. */
export interface ResumePoint {
  /** The run's folder. */
  readonly run: string;
  /** The step. */
  readonly step?: number;
}

/**
 * What `--resume` and `--step` say: the folder of a run, or of one of its checkpoints.
 *
 * @throws {ConfigError} if there is a step without a run, they name two steps, or the run lies on a
 * web server.
 */
export function resumePoint(
  { resume, step = null }: { resume: string | null; step?: number | null },
): ResumePoint | null {
  if (resume === null) {
    if (step === null) return null;
    throw new ConfigError(`--step ${step} is a step of which run? Add --resume RUN.`);
  }
  if (isUrl(resume)) {
    throw new ConfigError(
      `--resume ${resume}: expected the path of a run folder, which the training writes. Copy the ` +
        `run to this machine first.`,
    );
  }
  const place = placeOfCheckpoint(resume);
  if (place === null) return step === null ? { run: resume } : { run: resume, step };
  if (step === null || step === place.step) return place;
  throw new ConfigError(
    `--resume ${resume} names step ${place.step}, but --step ${step} another: leave one out.`,
  );
}

/**
 * The configuration of a run that is resumed.
 *
 * @throws {ConfigError} if it has none, naming the run that the path may have been meant for.
 */
export async function configOfRun(run: string): Promise<string> {
  const path = `${run}/${CONFIG}`;
  if (await isThere(path)) return path;
  const shown = pathForCaller(run);
  if (await isThere(run) === "folder" && (await listCheckpoints(run)).length > 0) {
    throw new ConfigError(
      `The run ${shown} has lost its ${CONFIG}. Give the configuration that it was trained with by ` +
        `--config FILE: its checkpoints keep it, as config in their state.json.`,
    );
  }
  const around = await runAround(run);
  const hint = around === null
    ? "Give the folder of a run, such as runs/demo"
    : `The run's folder is ${pathForCaller(around)}`;
  throw new ConfigError(`--resume ${shown}: there is no run, for want of a ${CONFIG}. ${hint}.`);
}

/** The run that a path lies in; null if there is none. */
async function runAround(path: string): Promise<string | null> {
  for (let inner = path, outer = dirname(path); outer !== inner; outer = dirname(outer)) {
    if (await isThere(`${outer}/${CONFIG}`) === "file") return outer;
    inner = outer;
  }
  return null;
}

/** What there is at a path, as far as the program may see it. */
async function isThere(path: string): Promise<"file" | "folder" | null> {
  return await Deno.stat(path)
    .then(({ isDirectory }) => isDirectory ? "folder" as const : "file" as const, () => null);
}
