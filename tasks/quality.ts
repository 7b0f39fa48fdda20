/**
 * Compares the texts that a model writes with real text: `deno task quality RUN`.
 *
 * @module
 */

import { openModel } from "../lib/checkpoint/models/open_model.ts";
import { BACKEND_FLAG } from "../lib/cli/backend_flag.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { noteOnce, PRECISION_FLAG, TOLD_FLAGS, toldByFlags } from "../lib/cli/model_flags.ts";
import { model as modelFlag, run, shards } from "../lib/cli/names.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { runRanks } from "../lib/cli/rank_main.ts";
import { printResult, tell } from "../lib/cli/stdout.ts";
import { inGroup } from "../lib/cli/flag_group.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { openShards } from "../lib/data/shards/shards.ts";
import { ArJudge } from "../lib/eval/ar_judge.ts";
import { sharpenedWays } from "../lib/eval/sharpened_way.ts";
import { TrainingText } from "../lib/eval/training_text.ts";
import { deviceFacts } from "../lib/gpu/device_facts.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { FlowLanguageModel } from "../lib/sampling/flow_language_model.ts";
import { requireWriter } from "../lib/sampling/requirements.ts";
import { integer } from "../lib/schema/field.ts";
import { pathForCaller, taskCommand } from "../lib/system/task_command.ts";
import { textTable } from "./figures/text_table.ts";
import { gammasOf, requireSharpened } from "./gen_ppl/draw.ts";
import { drawTexts } from "./measuring/draw_texts.ts";
import { DRAWING_FLAGS, MODEL_FLAGS } from "./measuring/flags.ts";
import { measureText, qualityRows, type TextQuality } from "./measuring/text_quality.ts";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Compares the texts that a model writes with real text: how many of its words occur in " +
    "the training text, how much is copied from it, how likely and how varied texts are.",
  positionals: [{ name: "RUN", flag: "checkpoint" }],
  flags: {
    checkpoint: modelFlag({ doc: "The model: its run, or a checkpoint." }),
    ...inGroup("input", {
      judge: run({ doc: "The autoregressive model that says how likely texts are: its run." }),
      shards: optional(shards({ doc: "What it was trained on; its data.dir unless given." })),
    }),
    weights: MODEL_FLAGS.weights,
    ...PRECISION_FLAG,
    ...TOLD_FLAGS,
    ...DRAWING_FLAGS,
    gamma: optional(DRAWING_FLAGS.gamma),
    numSamples: integer({ doc: "Texts of each row.", min: 1, unit: "texts", fallback: 256 }),
    ...JSON_FLAG,
    ...BACKEND_FLAG,
  },
});

if (import.meta.main) {
  await runRanks(async ({ ranks }) => {
    const { flags } = parseCommandLine({ name: taskCommand("quality"), ...COMMAND });
    const how = { ...toldByFlags(flags), onNote: noteOnce() };
    const trained = await openModel(flags.checkpoint, how);
    const { state } = trained;
    const { method } = requireWriter(trained);
    const gammas = gammasOf(method, flags.gamma);
    const sharpening = sharpenedWays(flags.temperature, flags.topP);
    requireSharpened(method, sharpening);
    using gpu = await Gpu.open({ backend: flags.backend });
    const { weights, precision } = flags;
    using model = await FlowLanguageModel.of(trained, { gpu, weights, precision });
    await ranks.compare({ flags, model: state, device: deviceFacts(gpu) });
    const judge = await ArJudge.load(flags.judge, { gpu });
    const dir = flags.shards ?? state.config.data.dir;
    using opened = await openShards(dir, { tokenizer: model.tokenizer });
    const { packing } = opened.manifest;
    const training = new TrainingText(opened.blocks("train"), packing, model.tokenizer);
    using interrupt = new Interrupt();
    const { signal } = interrupt;
    const measure = { judge, training, ranks, signal };
    const { numSamples, seed, batchSize } = flags;
    const rows: TextQuality[] = [
      await measureText("real text", realTexts(), measure),
    ];
    for (const numSteps of flags.steps) {
      for (const gamma of gammas) {
        for (const sharpened of sharpening) {
          const way = { numSteps, gamma, ...sharpened, numSamples, seed };
          const samples = await drawTexts(model, way, { batchSize, ranks, signal });
          rows.push(await measureText(way, samples, measure));
        }
      }
    }
    printResult({ judge: flags.judge, texts: rows }, () => textTable(qualityRows(rows)));
    tell(`The judge is ${pathForCaller(flags.judge)}; perplexities are per token of its own.`);

    /** Blocks of the validation split, evenly spread. */
    function realTexts() {
      const blocks = opened.blocks("validation");
      const count = Math.min(numSamples, blocks.numBlocks);
      return Array.from({ length: count }, (_, i) => {
        const tokens = new Uint32Array(blocks.length);
        blocks.read(Math.floor(i * blocks.numBlocks / count), tokens, 0);
        return { tokens, text: model.tokenizer.decode(tokens) };
      });
    }
  });
}
