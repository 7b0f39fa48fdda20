/**
 * What is kept of measurements and jobs, and texts to score.
 *
 * @module
 */

import { type Evaluation, keptEvaluation, writeEvaluation } from "../../../lib/eval/evaluation.ts";
import { writeFormat } from "../../../lib/io/json_file.ts";
import { readMetrics } from "../../../lib/train/metrics.ts";
import { keptGenPpl, RESULTS_FORMAT } from "../../../tasks/gen_ppl/results.ts";
import { hashOfTexts, keptSamples, SAMPLES_FORMAT } from "../../../tasks/gen_ppl/samples.ts";
import { readSamplesFile } from "../../../tasks/gen_ppl/samples_file.ts";
import { readRecords, writeRecord } from "../../../tasks/reproduce/records.ts";
import { damagedJson } from "../damage/json.ts";
import { damagedText, decoded, encoded } from "../damage/text.ts";
import type { Bytes, Damage, Subject } from "../subject.ts";

const HASH = "0".repeat(64);
const WAY = { weights: "ema", numSteps: 8, gamma: null, numSamples: 2, seed: 0 } as const;
const STATISTICS = { entropy: 1.5, uniqueTokens: 3 };
const PERPLEXITY = {
  perplexity: 20.5,
  bitsPerCharacter: 1.5,
  nll: 10,
  numScored: 6,
  numTexts: 2,
  numEmpty: 0,
  numUnscored: 0,
  numChunked: 0,
  numTruncated: 0,
  numAltered: 0,
};
const JUDGE = { judge: "gpt2", revision: null, judgeHash: HASH, maxTokens: 128 };
const VERSIONS = { deno: "2.9.0", adapter: "none" };
const TEXTS = ["One text.", "Another — one."];
const EVALUATION: Evaluation = {
  model: "flm",
  checkpoint: HASH,
  step: 7,
  weights: "ema",
  settings: { numSteps: [1, 2], gammas: [0.5], temperatures: [1], numSamples: 2, seed: 0 },
  results: [{ numSteps: 1, gamma: null, metrics: { entropy: 2 }, texts: TEXTS }],
};

/** Samples are mostly those that were scored. */
const damage: Damage = async (file, random, other) => {
  const damaged = await damagedJson(file, random, other);
  if (random(4) === 0) return damaged;
  try {
    const document = JSON.parse(decoded(damaged));
    if ("score" in document) document.score.texts = await hashOfTexts(document.generated_seqs);
    return encoded(JSON.stringify(document));
  } catch {
    return damaged;
  }
};

/** Files of JSON that say what they are: samples, results, evaluations, records. */
export async function results(folder: string): Promise<Subject> {
  const path = (name: string) => `${folder}/${name}`;
  const settings = { ...WAY, checkpoint: HASH };
  const score = { ...JUDGE, ...PERPLEXITY, texts: await hashOfTexts(TEXTS) };
  const generated = { generative_ppl: 20.5, ...STATISTICS, generated_seqs: TEXTS };
  await writeFormat(path("samples.json"), SAMPLES_FORMAT, {
    ...{ ...generated, settings, versions: VERSIONS, score },
  });
  await writeFormat(path("results.json"), RESULTS_FORMAT, {
    ...{ judge: "gpt2", revision: null, judgeHash: HASH, model: "flm", checkpoint: HASH, step: 7 },
    validation: [{ texts: HASH, maxTokens: null, ...STATISTICS, ...PERPLEXITY }],
    results: [{
      ...{ ...WAY, maxTokens: null, samples: "samples.json", validation: HASH },
      ...{ ...STATISTICS, ...PERPLEXITY },
    }],
    versions: VERSIONS,
  });
  await writeEvaluation(folder, EVALUATION);
  await writeRecord(folder, "train", { hash: "h", inputs: { a: [1] }, seconds: 2 });
  const isRight = (kept: { value: unknown } | { lack: string } | null) =>
    kept !== null && "value" in kept;
  const readers: Readonly<Record<string, () => Promise<boolean>>> = {
    "samples.json": async () => isRight(await keptSamples(path("samples.json"), settings)),
    "results.json": async () =>
      isRight(await keptGenPpl(folder, JUDGE, { checkpoint: HASH, judgeHash: HASH })),
    "evaluation.json": async () => {
      const { checkpoint, settings } = EVALUATION;
      return isRight(await keptEvaluation(folder, { checkpoint, settings }));
    },
    "reproduce.json": async () => "train" in await readRecords(folder),
  };
  const files: Record<string, Bytes> = {};
  for (const name of Object.keys(readers)) files[name] = await Deno.readFile(path(name));
  return {
    files,
    damage,
    async read(file, name) {
      await Deno.writeFile(path(name), file);
      return await readers[name]!();
    },
  };
}

/** `readSamplesFile`, of texts in every format. */
export function texts(folder: string): Subject {
  const words = damagedText();
  return {
    files: {
      "list.json": encoded(JSON.stringify(TEXTS)),
      "reference.json": encoded(
        JSON.stringify({ generative_ppl: 20.5, entropy: null, generated_seqs: TEXTS }),
      ),
      "lines.jsonl": encoded(`${JSON.stringify({ text: TEXTS[0] })}\n"${TEXTS[1]}"\r\n`),
      "lines.txt": encoded(TEXTS.join("\n")),
    },
    damage: (file, random, other) => {
      const isJson = /^[[{]/.test(decoded(file));
      return (isJson ? damagedJson : words)(file, random, other);
    },
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}`, file);
      await readSamplesFile(`${folder}/${name}`);
    },
  };
}

/** `readMetrics`. */
export function metrics(folder: string): Subject {
  const line = (step: number) =>
    `{"step":${step},"loss":2.5,"gradNorm":"NaN","name":"x","best":null}`;
  return {
    files: { "metrics.jsonl": encoded(`${line(1)}\n${line(2)}\n${line(3)}\n`) },
    async damage(file, random, other) {
      const lines = decoded(file).split("\n");
      const at = random(lines.length);
      lines[at] = decoded(await damagedJson(encoded(lines[at]!), random, other));
      return encoded(lines.join("\n"));
    },
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}`, file);
      await readMetrics(`${folder}/${name}`);
    },
  };
}
