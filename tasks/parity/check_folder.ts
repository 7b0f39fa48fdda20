/**
 * Finds the golden files of a folder and runs their checks.
 *
 * @module
 */

import { DataError, FlmError } from "../../lib/errors.ts";
import { explainSystemError } from "../../lib/system/system_error.ts";
import { CheckContext, type GoldenResources, type GoldenResult } from "./check.ts";
import { GoldenFile } from "./golden_file.ts";
import { checkOf, isWeights } from "./registry.ts";

/** The golden files of a folder, by their names without extension, in order. */
export interface GoldenFolder {
  /** Files that there is a check for. */
  checked: string[];
  /** Files that there is none for yet. */
  unchecked: string[];
}

/** What the check of one file found. */
export interface FileReport {
  /** The quantities compared. */
  results: readonly GoldenResult[];
  /** Tensors of the file that took no part. */
  unread: readonly string[];
}

/**
 * Lists the `.json` and `.safetensors` files of a folder whose names contain `filter`, and the
 * folders in it that there is a check for. Weights are left out: they are inputs.
 *
 * @throws {DataError} if the folder cannot be read or nothing in it can be checked.
 */
export async function listGolden(dir: string, filter = ""): Promise<GoldenFolder> {
  const stems = new Set<string>();
  try {
    for await (const { name, isDirectory } of Deno.readDir(dir)) {
      const stem = isDirectory && checkOf(name) !== undefined
        ? name
        : /^(.+)\.(json|safetensors)$/.exec(name)?.[1];
      if (stem !== undefined && !isWeights(stem) && stem.includes(filter)) stems.add(stem);
    }
  } catch (cause) {
    throw explainSystemError("read", dir, cause, DataError);
  }
  const sorted = [...stems].sort();
  const checked = sorted.filter((stem) => checkOf(stem) !== undefined);
  if (checked.length === 0) {
    const which = filter === "" ? "" : ` whose name contains "${filter}"`;
    throw new DataError(
      `${dir} has no golden file${which} that there is a check for: expected files such as ` +
        `schedule.safetensors or tiny_flm_loss.safetensors`,
    );
  }
  return { checked, unchecked: sorted.filter((stem) => checkOf(stem) === undefined) };
}

/** Runs the check of one golden file. What is wrong with the file is a failed result. */
export async function checkGolden(
  dir: string,
  stem: string,
  resources: GoldenResources,
): Promise<FileReport> {
  const results: GoldenResult[] = [];
  let unread: string[] = [];
  try {
    using golden = await GoldenFile.open(dir, stem);
    await checkOf(stem)!(new CheckContext(golden, resources, results));
    unread = golden.unread;
  } catch (error) {
    if (!(error instanceof FlmError)) throw error;
    results.push(failure(stem, "(the rest)", error.message));
  }
  if (results.length === 0) results.push(failure(stem, "(all)", "the file holds nothing to check"));
  return { results, unread };
}

function failure(file: string, quantity: string, problem: string): GoldenResult {
  return { file, quantity, error: NaN, bound: NaN, pass: false, problem };
}
