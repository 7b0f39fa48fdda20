/**
 * A run whose vocabulary is from a file: its checkpoints need nothing else.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { exportTorchFile } from "../../lib/checkpoint/models/export_torch.ts";
import { loadFrozen } from "../../lib/checkpoint/models/load_frozen.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import { preprocess } from "../../lib/data/preprocess/preprocess.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { Dit } from "../../lib/model/dit.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { gpuTest } from "../testing/gpu.ts";
import { serveFolders } from "../testing/static_server.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "fox", "dog", "lazy", "and", "a"];

gpuTest(
  "a model whose vocabulary was in a file is loaded from its run alone",
  (gpu) =>
    withTinyRun(1, async (tiny, run) => {
      const file = `${run}-vocab.txt`;
      await Deno.writeTextFile(file, TOKENS.join("\n"));
      const tokenizer = "bert-base-uncased";
      const dir = `${run}-shards`;
      const data = { ...tiny.data, tokenizer, tokenizerFile: file, dir } as const;
      const config = { ...tiny, data };
      const made = await createTokenizer(tokenizer, { file });
      await preprocess(openCorpus(data.source), made, data);
      await trainRun({ gpu, config, run, resume: false });

      const frozen = (tokenizerFile: string | null) =>
        loadFrozen(gpu, run, {
          networkClass: Dit,
          kind: "flm",
          role: "teacher",
          tokenizer,
          tokenizerFile,
        });
      using teacher = await frozen(file);
      assertEquals(teacher.network.config.vocabSize, TOKENS.length);
      await assertRejects(() => frozen(null), CheckpointError, "its tokenizer's fingerprint is");

      const exported = `${run}.ckpt`;
      await exportTorchFile(await openModel(run), { weights: "ema", out: exported });
      await Deno.remove(file);
      await using server = serveFolders({ "/": run }, { ranges: true });
      for (const location of [run, server.origin, exported]) {
        using model = await FlowLanguageModel.load(location, { gpu });
        assertEquals(model.tokenizer.fingerprint, made.fingerprint);
        assertEquals(model.state.tokenizer.file, "vocab.txt");
        assertEquals((await model.sample({ numSteps: 1 })).length, 1);
      }
    }),
);
