/**
 * Tries inputs of a subject of fuzzing again, and prints what comes of them:
 * `deno run -A tests/fuzz/repeat.ts SUBJECT FIRST[-LAST] [FILE]`. A file receives the last input.
 *
 * @module
 */

import { print } from "../../lib/cli/stdout.ts";
import { withFolder } from "../testing/folder.ts";
import { SUBJECTS } from "./subjects.ts";
import { inputOf, Trial } from "./try_inputs.ts";

const [name = "", range = "", path] = Deno.args;
const open = SUBJECTS[name];
const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
if (open === undefined || first === undefined) {
  throw new Error(`Expected SUBJECT FIRST[-LAST] [FILE]; subjects: ${Object.keys(SUBJECTS)}`);
}
await withFolder(async (folder) => {
  const subject = await open(folder);
  if (path !== undefined) await Deno.writeFile(path, (await inputOf(subject, Number(last))).file);
  const trial = new Trial(subject);
  for (let number = Number(first); number <= Number(last); number++) {
    const outcome = await trial.input(number);
    print(`${number}: ${outcome.kind === "read" ? "read" : `refused: ${outcome.message}`}`);
  }
});
