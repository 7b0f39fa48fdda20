/**
 * The tasks that measure, as a person calls them, under their own permissions.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { deno } from "../testing/program.ts";

const CASES: [args: string[], message: string][] = [
  [["gen-ppl"], "Expected either RUN, a model to draw texts from, or --samples FILE."],
  [["gen-ppl", "--samples", "a.txt", "--checkpoint", "runs/a"], "Expected either"],
  [
    ["gen-ppl", "--samples", "a.txt", "--seed", "0", "--num-samples=8", "--weights", "model"],
    "--weights, --num-samples, --seed: says how texts are drawn, but those of --samples are " +
    "there. Leave them out.",
  ],
  [["gen-ppl", "--checkpoint", "runs/a", "--steps=4,-1"], "--steps: expected a list, each item"],
  [["gen-ppl", "--checkpoint", "runs/a", "--num-samples", "0"], "--num-samples: expected"],
  [["gen-ppl", "--checkpoint", "runs/a", "--gamma", "2"], "--gamma: expected a list"],
  [["gen-ppl", "--checkpoint", "runs/a", "--temperature", "1,0"], "--temperature: expected a list"],
  [["evaluate", "--checkpoint", "runs/a", "--top-p", "2"], "--top-p: expected a list"],
  [["gen-ppl", "--checkpoint", "runs/a", "--judge", "gpt5"], "There is no judge gpt5: expected"],
  [["gen-ppl", "--checkpoint", "runs/a", "--judge", "lib"], "No judge in lib: expected a run"],
  [["gen-ppl", "--checkpoint", "runs/none-such"], "No checkpoint at"],
  [["gen-ppl", "--samples", "none-such.json"], "none-such.json: there is no such file or folder"],
  [
    ["gen-ppl", "--checkpoint", "runs/a", "--steps", "abc"],
    'a whole number of steps from 1 to 1048576, found "abc"',
  ],
  [
    ["evaluate", "--config", "data/letters.yaml", "--checkpoint", "runs/none-such"],
    "No checkpoint",
  ],
  [["eval-ppl"], "RUN is missing: expected the name of a run"],
  [
    ["eval-ppl", "--checkpoint", "runs/a", "--num-times", "0"],
    "--num-times: expected a whole number of times",
  ],
  [["eval-ppl", "--checkpoint", "runs/none-such"], "No checkpoint at"],
];

Deno.test("the tasks that measure say what is wrong with their flags", async () => {
  for (const [args, message] of CASES) {
    const { code, stdout, stderr } = await deno(["task", "--quiet", ...args]);
    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertStringIncludes(stderr, message);
  }
});
