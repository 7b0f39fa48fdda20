import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatNumbers } from "../../lib/cli/format.ts";
import type { ShardManifest } from "../../lib/data/shards/manifest.ts";
import { openShards } from "../../lib/data/shards/shards.ts";
import { meanTokenEntropy } from "../../lib/eval/entropy.ts";
import { generativePerplexity, scoreTexts } from "../../lib/eval/generative_perplexity.ts";
import { describeLearning, describeQuality } from "../../tasks/demo/quality.ts";
import { BigramJudge } from "../testing/bigram_judge.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const TEXT = "the quick brown fox jumps over the lazy dog and runs away from the hen";

async function manifestOf(dir: string): Promise<ShardManifest> {
  using shards = await openShards(dir);
  return shards.manifest;
}

Deno.test("describeQuality() scores real text as it scores the models' texts", () =>
  withTinyRun(1, async (config) => {
    const { data } = config;
    const judge = await BigramJudge.learn(TEXT);
    using shards = await openShards(data.dir);
    const blocks = shards.blocks("validation");
    const tokens = [0, 1, 2].map((index) => {
      const ids = new Uint32Array(data.length);
      blocks.read(index, ids, 0);
      return ids;
    });
    const texts = tokens.map((ids) => judge.tokenizer.decode(ids));
    const entropy = meanTokenEntropy(tokens);
    const sampling = { ...config.sampling, numSamples: 3 };
    // A model that writes just this text is as good as it; one that writes none has no figures.
    const none = { numSteps: 1, texts: ["", "", ""], entropy: null };
    const sets = [{ numSteps: 4, texts, entropy }, none];
    const models = [{ title: "FLM", sets }];
    const quality = (unigramEntropy: number) => {
      const corpus = { ...shards.manifest.corpus, unigramEntropy };
      return describeQuality(judge, { data, sampling }, { ...shards.manifest, corpus }, models);
    };
    const said = await quality(Math.log(99));
    const [head, own, empty, real] = said.split("\n");
    assertMatch(head!, /^model +steps +perplexity +entropy \(nats\)$/);
    assertMatch(empty!, /^FLM +1 +none +none$/);
    const { perplexity } = generativePerplexity(await scoreTexts(judge, texts));
    const figures = [perplexity!, entropy].flatMap((value) => formatNumbers([value]));
    assertEquals(own!.split(/ {2,}/), ["FLM", "4", ...figures]);
    assertEquals(real!.split(/ {2,}/), ["real text", ...figures]);
    assertMatch(
      said,
      /the real text is the beginning of the validation split, which it has not seen: 3 texts, as of the others\./,
    );
    assertMatch(said, /A perplexity means nothing without the entropy beside it/);
    assert(!said.includes("Do not trust"), said);
    // To guessing by few equal tokens real text is likelier than to the judge.
    const doubtful = await quality(Math.log(1.5));
    assertMatch(doubtful, /Do not trust these perplexities: real text is no likelier/);
    assertMatch(doubtful, /To guess .* has a perplexity of 1\.5\./);
    assertMatch(said, /The better texts are those whose two figures are nearer to the real text's/);
  }));

Deno.test("describeLearning() says how guessing by frequencies follows from the unigram entropy", () =>
  withTinyRun(1, async ({ data }, run) => {
    const manifest = await manifestOf(data.dir);
    const corpus = { ...manifest.corpus, unigramEntropy: 3 };
    await Deno.mkdir(run);
    const record = { kind: "validation", step: 4, loss: 2.5, lossByTime3: 1.25 };
    await Deno.writeTextFile(`${run}/metrics.jsonl`, `${JSON.stringify(record)}\n`);
    const loss = "Validation loss: 2.5 nats/token over all times, 1.25 at t in [0.75, 1].";
    const guessing = "Guessing by the frequencies of the tokens alone: ";
    assertEquals(
      await describeLearning(run, { ...manifest, corpus }),
      `${loss}\n${guessing}2.5, the unigram entropy of 3 for 10 of a block's 12 tokens; those ` +
        "that frame it are always the same.",
    );
    assertEquals(
      await describeLearning(run, { ...manifest, corpus, packing: "unwrapped" }),
      `${loss}\n${guessing}3, the unigram entropy.`,
    );
    assertEquals(await describeLearning(run, { ...manifest, corpus, packing: "padded" }), loss);
  }));
