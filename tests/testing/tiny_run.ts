/**
 * A configuration and token shards of a run that takes seconds.
 *
 * @module
 */

import { type Config, parseConfig } from "../../lib/config/config.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import { preprocess } from "../../lib/data/preprocess/preprocess.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { withFolder } from "./folder.ts";

const TEXT = "the quick brown fox jumps over the lazy dog and runs away from the hen\n\n";

/**
 * A tiny configuration whose files all lie in `folder`, with whole sections in place of its own.
 */
export function tinyConfig(
  folder: string,
  numSteps: number,
  changes: Readonly<Record<string, unknown>> = {},
): Config {
  return parseConfig({
    name: "tiny",
    seed: 3,
    data: {
      source: { kind: "file", path: `${folder}/corpus.txt` },
      tokenizer: "text8",
      length: 12,
      validationFraction: 0.1,
      dir: `${folder}/shards`,
    },
    model: { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16, dropout: 0.1 },
    train: {
      numSteps,
      batchSize: 8,
      microBatchSize: 4,
      evalEvery: 5,
      evalBatches: 2,
      checkpointEvery: 5,
      keepCheckpoints: 2,
      logEvery: 1,
    },
    optim: { lr: 2e-3, warmupSteps: 2, emaDecay: 0.9 },
    sampling: { numSteps: [1], numSamples: 1, seed: 0 },
    ...changes,
  });
}

/** Makes the shards of a {@linkcode tinyConfig} from a text that is repeated. */
export async function makeShards(config: Config, text = TEXT): Promise<void> {
  if (config.data.source.kind !== "file") throw new TypeError("expected a file");
  await Deno.writeTextFile(config.data.source.path, text.repeat(40));
  const tokenizer = await createTokenizer(config.data.tokenizer);
  await preprocess(openCorpus(config.data.source), tokenizer, config.data);
}

/** Runs `test` in a folder of its own with shards made. */
export async function withTinyRun(
  numSteps: number,
  test: (config: Config, run: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const config = tinyConfig(folder, numSteps);
    await makeShards(config);
    await test(config, `${folder}/run`);
  });
}
