/**
 * Writes texts with a trained model: `deno run -A examples/sample.ts runs/demo`.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { FlowLanguageModel } from "@flm/flm";

/** Says in one line what is wrong, and ends the program. */
function fail(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}

const [run = "runs/demo", numSteps = "64"] = Deno.args;
if (!/^[1-9]\d*$/.test(numSteps)) fail(`expected a number of steps, found ${numSteps}`);
using model = await FlowLanguageModel.load(run).catch(({ message }) => fail(message));
const samples = await model.sample({ numSamples: 4, numSteps: Number(numSteps), seed: 1 });
for (const { text } of samples) console.log(text);
