/**
 * Trains a small model on a text file and writes with it, in a minute or two:
 * `deno run -A examples/train_on_my_text.ts README.md`. Ctrl-C ends it after the steps under way.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { trainText } from "@flm/flm";

/** Says in one line what is wrong, and ends the program. */
function fail(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}

const [file = "README.md", numSteps = "300"] = Deno.args;
if (!/^[1-9]\d*$/.test(numSteps)) fail(`expected a number of steps, found ${numSteps}`);
const text = await Deno.readTextFile(file)
  .catch(({ message }) => fail(`${file} cannot be read: ${message}`));

// Without a signal Ctrl-C ends the program at once. With `folder: "runs/mine"` what was trained
// until then stays there, and the next call goes on from it; without, it is in a temporary folder.
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
const { signal } = stop;
const end = ({ message }: Error) => signal.aborted ? Deno.exit(130) : fail(message);
using model = await trainText(text, {
  numSteps: Number(numSteps),
  onProgress: ({ step, loss }) => console.log(`step ${step}: ${loss.toFixed(3)} nats a character`),
  signal,
}).catch(end);
const samples = await model.sample({ numSamples: 4, numSteps: 32, seed: 1, signal }).catch(end);
for (const { text } of samples) console.log(text);
