/**
 * Trains a small model on a text file and writes with it, in a minute or two:
 * `deno run -A examples/train_on_my_text.ts README.md`.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { trainText } from "@flm/flm";

const [file = "README.md", numSteps = "300"] = Deno.args;
const text = await Deno.readTextFile(file).catch(({ message }) => {
  console.error(`error: ${file} cannot be read: ${message}`);
  Deno.exit(1);
});
using model = await trainText(text, {
  numSteps: Number(numSteps),
  onProgress: ({ step, loss }) => console.log(`step ${step}: ${loss.toFixed(3)} nats a character`),
});
const samples = await model.sample({ numSamples: 4, numSteps: 32, seed: 1 });
for (const { text } of samples) console.log(text);
