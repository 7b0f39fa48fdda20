/**
 * Judges by name.
 *
 * @module
 */

import { CheckpointError, isPermissionDenied } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { HubOptions } from "../hub/hub.ts";
import { GPT2_NAMES } from "../model/gpt2_config.ts";
import { isUrl } from "../system/location.ts";
import { taskCommand } from "../system/task_command.ts";
import { ArJudge } from "./ar_judge.ts";
import { Gpt2Judge } from "./gpt2_judge.ts";
import { gpt2JudgeTokenizer } from "./gpt2_judge_tokenizer.ts";
import type { Judge } from "./judge.ts";

/** A judge that is known to be there, as far as that can be told without loading it. */
export interface JudgeLocation {
  /** GPT-2, from the hub or a folder of its files; or an autoregressive model trained by flm. */
  readonly kind: "gpt2" | "ar";
  /** Name on the hub, folder or address; of an `ar` its run folder. */
  readonly location: string;
}

/** Options of {@linkcode openJudge}. */
export interface OpenJudgeOptions extends HubOptions {
  /** Where it is to live. */
  gpu: Gpu;
}

/**
 * Finds out what a name means: a run folder is what holds a checkpoint, any other folder that
 * holds safetensors is GPT-2's, and what is no folder is a name on the hub.
 *
 * @param name Run folder, folder of GPT-2's files, address of one, or `gpt2-large`,
 * `OWNER/NAME`.
 * @throws {CheckpointError} if it is none of these.
 */
export async function locateJudge(name: string): Promise<JudgeLocation> {
  if (isUrl(name)) return { kind: "gpt2", location: name };
  const files = await filesOf(name);
  if (files !== null) {
    if (files.includes("latest.json") || files.includes("state.json")) {
      return { kind: "ar", location: name };
    }
    if (files.some((file) => file.endsWith(".safetensors"))) {
      return { kind: "gpt2", location: name };
    }
    const hint = files.some((file) => file.endsWith(".bin"))
      ? " Weights in pytorch_model.bin are not read: save them again as safetensors."
      : "";
    throw new CheckpointError(
      `No judge in ${name}: expected a run folder with latest.json, which ` +
        `${taskCommand("train-ar")} makes, or a folder with GPT-2's model.safetensors.${hint}`,
    );
  }
  const isPath = /^(\.{0,2}\/|runs\/)|\/.*\//.test(name);
  if (!isPath && (GPT2_NAMES.includes(name) || /^[\w.-]+\/[\w.-]+$/.test(name))) {
    return { kind: "gpt2", location: name };
  }
  throw new CheckpointError(
    `There is no judge ${name}: expected ${GPT2_NAMES.join(", ")} or another GPT-2 on the hub as ` +
      `OWNER/NAME, a folder with its model.safetensors, or the run folder of an autoregressive ` +
      `model.`,
  );
}

/**
 * Loads a judge.
 *
 * @param judge As {@linkcode locateJudge} takes or gives it.
 * @throws {CheckpointError} if it is missing or damaged, or of another vocabulary than its
 * tokenizer.
 */
export async function openJudge(
  judge: string | JudgeLocation,
  options: OpenJudgeOptions,
): Promise<Judge> {
  const { kind, location } = typeof judge === "string" ? await locateJudge(judge) : judge;
  return await LOADERS[kind](location, options);
}

const LOADERS: Readonly<
  Record<JudgeLocation["kind"], (location: string, options: OpenJudgeOptions) => Promise<Judge>>
> = {
  gpt2: async (location, options) =>
    Gpt2Judge.load(location, {
      ...options,
      tokenizer: await gpt2JudgeTokenizer(location, options),
    }),
  ar: (run, { gpu }) => ArJudge.load(run, { gpu }),
};

/** The names in a folder; null if there is none. */
async function filesOf(folder: string): Promise<string[] | null> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (isPermissionDenied(error)) throw error;
    if (error instanceof Deno.errors.NotADirectory) {
      throw new CheckpointError(
        `No judge at ${folder}: it is a file, expected a folder. Name the folder it lies in.`,
        { cause: error },
      );
    }
    return null;
  }
}
