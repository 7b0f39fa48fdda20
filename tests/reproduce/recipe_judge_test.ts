/**
 * The judge that a recipe names.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { judgeIdentity } from "../../lib/eval/judge_identity.ts";
import { recipeJudge, requireJudge } from "../../tasks/reproduce/recipe_judge.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

gpuTest(
  "requireJudge() refuses what cannot judge before anything is made for it",
  (gpu) =>
    withFolder(async (run) => {
      const recipe = { name: "none-such" };
      // The recipe's own is made on the way.
      const own = ["ar", "none-such-ar", "runs/none-such-ar", "./runs/none-such-ar/"];
      for (const name of [...own, "gpt2-large", "owner/gpt2"]) {
        await requireJudge(recipe, "train.evalJudge", name);
      }
      const refused = (name: string, message: string) =>
        assertRejects(
          () => requireJudge(recipe, "train.evalJudge", name),
          CheckpointError,
          message,
        );
      await refused("gpt5", "train.evalJudge: There is no judge gpt5");
      await refused("runs/none-such", "There is no judge runs/none-such");
      await refused(run, `No judge in ${run}`);
      await writeTinyCheckpoint(gpu, run);
      await refused(run, 'it holds a model of kind "flm"');
      await writeTinyCheckpoint(gpu, run, { kind: "ar" });
      await requireJudge(recipe, "train.evalJudge", run);
    }),
);

gpuTest(
  "recipeJudge() knows judges on this machine by their content, others by name",
  (gpu) =>
    withFolder(async (run) => {
      await writeTinyCheckpoint(gpu, run, { kind: "ar" });
      const judgeHash = await judgeIdentity({ kind: "ar", location: run });
      assertEquals(await recipeJudge({ name: `${run}/`, maxTokens: 8 }), {
        ...{ judge: run, revision: null, judgeHash, maxTokens: 8 },
      });
      for (const name of ["gpt2-large", "runs/not-made-yet"]) {
        assertEquals(await recipeJudge({ name, maxTokens: null }), {
          ...{ judge: name, revision: null, judgeHash: null, maxTokens: null },
        });
      }
      // As long as a judge is no whole one, nothing is known of it but its name.
      await Deno.remove(`${run}/checkpoints`, { recursive: true });
      assertEquals((await recipeJudge({ name: run, maxTokens: null })).judgeHash, null);
    }),
);
