/**
 * The judge that a command line or a recipe names.
 *
 * @module
 */

import { callerPath, shownPath } from "../../lib/cli/paths.ts";
import { Progress } from "../../lib/cli/progress.ts";
import { writeStderr } from "../../lib/cli/stderr.ts";
import { tellWaits } from "../../lib/cli/waits.ts";
import { FlmError } from "../../lib/errors.ts";
import type { Judge } from "../../lib/eval/judge.ts";
import { judgeIdentity } from "../../lib/eval/judge_identity.ts";
import { locateJudge, openJudge } from "../../lib/eval/open_judge.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { HubOptions } from "../../lib/hub/hub.ts";
import { isUrl } from "../../lib/system/location.ts";
import { judgeFolder } from "../runs/judge_place.ts";

/** A judge that is known to be there, and is loaded when texts are. */
export interface JudgeToOpen {
  /** Its name on the hub, or its folder. */
  readonly judge: string;
  /** Branch, tag or commit on the hub; null for its newest. */
  readonly revision: string | null;
  /** The run of an autoregressive model; null for GPT-2. */
  readonly run: string | null;
  /** See {@linkcode judgeIdentity}; what is on the hub is downloaded. */
  identity(): Promise<string>;
  /** Loads it. */
  open(gpu: Gpu): Promise<Judge>;
}

/** A judge that is loaded when it is first asked. */
export class LazyJudge implements Disposable {
  readonly #found: JudgeToOpen;
  readonly #gpu: Gpu;
  #judge: Judge | undefined;

  /** Loads nothing yet. */
  constructor(found: JudgeToOpen, gpu: Gpu) {
    this.#found = found;
    this.#gpu = gpu;
  }

  /** The judge. */
  async get(): Promise<Judge> {
    return this.#judge ??= await this.#found.open(this.#gpu);
  }

  /** Frees the judge, if it was loaded. */
  [Symbol.dispose](): void {
    this.#judge?.[Symbol.dispose]();
  }
}

/** Which version of a judge, and what stops a download. */
export interface FindJudgeOptions {
  /** Branch, tag or commit on the hub; null for its newest. */
  readonly revision: string | null;
  /** Stops a download. */
  readonly signal: AbortSignal;
}

/**
 * Finds a judge.
 *
 * @param name A folder that there is, relative to the caller's; else the name of a run, or of a
 * model on the hub.
 * @throws {CheckpointError} if there is none of that name.
 * @throws {FlmError} if a revision is given for what has none.
 */
export async function findJudge(
  name: string,
  { revision, signal }: FindJudgeOptions,
): Promise<JudgeToOpen> {
  const folder = await judgeFolder(name, shownPath(callerPath(name)));
  const isFolder = folder !== null;
  const found = await locateJudge(folder ?? name);
  const { kind, location } = found;
  if (revision !== null && (isFolder || isUrl(name))) {
    const what = kind === "ar" ? "a run" : isFolder ? "a folder" : "an address";
    throw new FlmError(`--revision is for models of the hub, but ${name} is ${what}.`);
  }
  const hub = { signal, ...(revision === null ? {} : { revision }) };
  return {
    judge: location,
    revision,
    run: kind === "ar" ? location : null,
    identity: () => withBars(location, (shown) => judgeIdentity(found, { ...hub, ...shown })),
    open: (gpu) => withBars(location, (shown) => openJudge(found, { gpu, ...hub, ...shown })),
  };
}

/** Says what is fetched from where, and shows waits, and a progress bar for each file. */
async function withBars<T>(
  judge: string,
  work: (shown: Pick<HubOptions, "onFetch" | "onProgress" | "onWait">) => Promise<T>,
): Promise<T> {
  let bar: Progress | undefined;
  let shown: string | undefined;
  let isSaid = false;
  try {
    const result = await work({
      onFetch(address, path) {
        if (!isSaid) writeStderr(`Fetching ${judge} from ${address}, to be kept as ${path}\n`);
        isSaid = true;
      },
      onWait: tellWaits((line) => bar === undefined ? writeStderr(`${line}\n`) : bar.log(line)),
      onProgress(file, done, total) {
        if (file !== shown) {
          bar?.finish();
          const label = `${judge} ${file}`;
          bar = new Progress({ label, unit: "byte" });
          shown = file;
        }
        bar?.onProgress(done, total);
      },
    });
    bar?.finish();
    return result;
  } finally {
    bar?.[Symbol.dispose]();
  }
}
