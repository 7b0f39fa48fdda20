import { assertEquals } from "@std/assert";
import { betterValidation } from "../../lib/train/best.ts";

const samples = [
  { numSteps: 64, metrics: { entropy: 3, perplexity: 50 } },
  { numSteps: 1, metrics: { entropy: 9, perplexity: 5 } },
];

const best = (metric: string, value: number) => ({ step: 1, metric, value });

Deno.test("betterValidation() takes what is nearer to validation text, where that was measured", () => {
  const better = (metric: string, value: number, ofText: number | null, before: number) => {
    const written = [{ numSteps: 1, metrics: { [metric]: value }, ofText: { [metric]: ofText } }];
    return betterValidation(metric, 2, { loss: 2 }, written, best(metric, before)) !== null;
  };
  // Noise has more entropy than text.
  assertEquals([better("entropy", 4.5, 4.3, 9), better("entropy", 9, 4.3, 4.5)], [true, false]);
  assertEquals([better("entropy", 4.4, 4.3, 2), better("entropy", 2, 4.3, 4.4)], [true, false]);
  assertEquals(better("entropy", 4.5, 4.25, 4), false);
  // Repetition is likelier than text: a third of it is as far as three times as much.
  assertEquals([better("perplexity", 149, 50, 16), better("perplexity", 16, 50, 149)], [
    true,
    false,
  ]);
  assertEquals([better("perplexity", 9, null, 10), better("perplexity", 10, null, 9)], [
    true,
    false,
  ]);
});

Deno.test("betterValidation() takes a lower loss and perplexity, and more of all else", () => {
  const better = (metric: string, before?: number) =>
    betterValidation(
      metric,
      2,
      { loss: 2 },
      samples,
      before === undefined ? undefined : best(metric, before),
    );
  assertEquals(better("loss"), { step: 2, metric: "loss", value: 2 });
  assertEquals([better("loss", 2.5)?.value, better("loss", 2)], [2, null]);
  assertEquals([better("perplexity", 51)?.value, better("perplexity", 49)], [50, null]);
  assertEquals([better("entropy", 2.9)?.value, better("entropy", 3.1)], [3, null]);
});

Deno.test("betterValidation() knows nothing of other metrics, nor of what is no number", () => {
  const before = { step: 1, metric: "loss", value: 0 };
  assertEquals(betterValidation("entropy", 2, { loss: 2 }, samples, before)?.value, 3);
  assertEquals(betterValidation("loss", 2, { loss: NaN }, samples, undefined), null);
  assertEquals(betterValidation("letters", 2, { loss: 2 }, samples, undefined), null);
  const none = [{ numSteps: 1, metrics: { perplexity: null } }];
  assertEquals(betterValidation("perplexity", 2, { loss: 2 }, none, undefined), null);
  assertEquals(betterValidation("entropy", 2, { loss: 2 }, [], undefined), null);
});
