/**
 * Writes texts with a trained model: `deno run -A examples/sample.ts runs/demo`.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { FlowLanguageModel } from "@flm/flm";

const [run = "runs/demo", numSteps = "64"] = Deno.args;
using model = await FlowLanguageModel.load(run).catch(({ message }) => {
  console.error(`error: ${message}`);
  Deno.exit(1);
});
const samples = await model.sample({ numSamples: 4, numSteps: Number(numSteps), seed: 1 });
for (const { text } of samples) console.log(text);
