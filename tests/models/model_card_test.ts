/**
 * Model cards.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { modelCard, validationLossOf } from "../../tasks/models/model_card.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

gpuTest(
  "modelCard() says what a model is, and how to write with it",
  (gpu) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      const checkpoint = await writeTinyCheckpoint(gpu, run);
      assertEquals(await validationLossOf(run, TINY_STEP), undefined);
      const lines = [
        { kind: "validation", step: 5, loss: 2.5 },
        { kind: "train", step: 6, loss: 9 },
        { kind: "validation", step: TINY_STEP + 1, loss: 1 },
      ];
      const text = lines.map((line) => JSON.stringify(line)).join("\n") + "\n";
      await Deno.writeTextFile(`${run}/metrics.jsonl`, text);
      const loss = await validationLossOf(checkpoint, TINY_STEP);
      assertEquals(loss, { step: 5, loss: 2.5 });
      assertEquals(await validationLossOf("hf:me/mine", 5), undefined);
      const model = await openModel(run);
      const card = modelCard(model, { name: "mine", weights: "ema", loss });
      assertMatch(card, /^---\nlibrary_name: flm\n[^]*\n---\n\n# mine\n/);
      const rows = [
        "| Kind | FLM (`flm`) |",
        "| Width, blocks, heads | 32, 1, 2 |",
        "| Vocabulary | 30 tokens of `text8` |",
        "| Data | tiny.txt |",
        `| Optimizer steps | ${TINY_STEP} |`,
        "| Weights | running average of decay 0.9999 |",
        "| Validation loss | 2.5 nats/token after 5 steps |",
      ];
      for (const row of rows) assert(card.includes(`${row}\n`), `${row} in ${card}`);
      const last = modelCard(model, { name: "mine", weights: "model", loss });
      assert(!last.includes("Validation loss"), "a loss of other weights");
      const other = modelCard(model, { name: "mine", weights: "ema:0.9", loss });
      assert(other.includes("| Weights | running average of decay 0.9 |\n"), other);
      assert(!other.includes("Validation loss"), "a loss of other weights");
      assert(card.includes("./flm sample hf:OWNER/mine --steps 8"));
      assert(!card.includes(folder), "a path of this machine");
    }),
);

Deno.test("modelCard() names no path of this machine", async () => {
  const path = `${Deno.cwd()}/tests/golden/ckpt/tiny_fmlm_compiled.ckpt`;
  const model = await openModel(path, { tokenizer: "ids" });
  const card = modelCard(model, { name: "a", weights: "model", loss: undefined });
  assert(card.includes("| Imported from | tiny_fmlm_compiled.ckpt |"), card);
  assert(card.includes("| Weights | of the last step |"), card);
  assert(!card.includes(Deno.cwd()));
});
