/**
 * The folder of a run for what a judge says of it.
 *
 * @module
 */

import { DataError } from "../../lib/errors.ts";
import { readTextIfThere } from "../../lib/io/read_text.ts";
import { sha256Hex } from "../../lib/system/sha256.ts";
import { RESULTS_FILE } from "./results.ts";

/**
 * `RUN/gen-ppl/JUDGE`: of the judge's name the part after the last slash, and as many parts before
 * it as it takes to keep judges apart, such as `gpt2`, then `other-gpt2`.
 *
 * @param judge The judge's name on the hub, or its folder.
 */
export async function genPplFolder(run: string, judge: string): Promise<string> {
  const parts = judge.split("/").filter((part) => part !== "" && part !== ".")
    .map((part) => part.replaceAll(/[^\w.-]+/g, "-"));
  const names = parts.map((_, i) => parts.slice(-1 - i).join("-"));
  for (const name of names) {
    const folder = `${run}/gen-ppl/${name}`;
    const owner = await ownerOf(folder);
    if (owner === null || owner === judge) return folder;
  }
  return `${run}/gen-ppl/${names.at(-1)}-${(await sha256Hex(judge)).slice(0, 8)}`;
}

/** The judge whose results a folder holds, whatever their layout; null if that cannot be told. */
async function ownerOf(folder: string): Promise<string | null> {
  try {
    const found = JSON.parse(
      await readTextIfThere(`${folder}/${RESULTS_FILE}`, DataError) ?? "null",
    );
    // The first layout had it among the settings.
    const { judge } = found.settings ?? found;
    return typeof judge === "string" ? judge : null;
  } catch {
    return null;
  }
}
