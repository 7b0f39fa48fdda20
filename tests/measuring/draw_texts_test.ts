/**
 * Texts drawn with a progress bar.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Sample, SampleOptions } from "../../lib/sampling/options.ts";
import { describeWay, drawTexts } from "../../tasks/measuring/draw_texts.ts";

const WAY = { numSteps: 4, gamma: null, numSamples: 3, seed: 7 };
const { signal } = new AbortController();

/** A model that only notes what it is asked for. */
function recorder() {
  const asked: SampleOptions[] = [];
  const drawn: Sample[] = [];
  const sample = (options: SampleOptions = {}) => {
    options.onProgress?.(0, 8);
    options.onProgress?.(8, 8);
    const { onProgress: _, ...rest } = options;
    asked.push(rest);
    return Promise.resolve(drawn);
  };
  return { asked, drawn, model: { sample } };
}

Deno.test("drawTexts() draws in the way that is asked for", async () => {
  const { asked, drawn, model } = recorder();
  assertEquals(await drawTexts(model, WAY, { signal }) === drawn, true);
  await drawTexts(model, { ...WAY, gamma: 0.5 }, { batchSize: 2, signal });
  const sharpening = { temperature: 0.6, topP: 0.9 };
  await drawTexts(model, { ...WAY, ...sharpening }, { signal });
  const same = { numSteps: 4, numSamples: 3, seed: 7, signal };
  assertEquals(asked, [
    { ...same, batchSize: 16 },
    { ...same, renewal: 0.5, batchSize: 2 },
    { ...same, ...sharpening, batchSize: 16 },
  ]);
});

Deno.test("describeWay() says how texts are drawn", () => {
  assertEquals(describeWay("sample", WAY), "sample (4 steps)");
  assertEquals(describeWay("score", { numSteps: 1, gamma: 0 }), "score (1 step, gamma 0)");
  assertEquals(
    describeWay("score", { ...WAY, temperature: 0.6, topP: 0.9 }),
    "score (4 steps, temperature 0.6, top-p 0.9)",
  );
});
