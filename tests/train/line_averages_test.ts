import { assertEquals } from "@std/assert";
import { LineAverages } from "../../lib/train/line_averages.ts";

Deno.test("LineAverages go on from the lines of a run as if it had never stopped", () => {
  const line = (step: number, loss: number) => ({
    ...{ kind: "train", step, loss },
    ...{ gradVariance: 8 / step, gradSquares: step, gradNoiseScale: 1 },
  });
  const lines = [4, 3.5, NaN, 3, 2.75].map((loss, i) => line(10 * (i + 1), loss));
  const others = [line(53, 100), { kind: "validation", step: 50, loss: 100 }];
  const [whole, again] = [new LineAverages(10), new LineAverages(10)];
  for (const { loss, gradVariance, gradSquares } of lines) {
    whole.losses.add(loss);
    whole.noise.add({ gradVariance, gradSquares });
  }
  for (const each of [...lines, ...others]) again.goOnFrom(each);
  assertEquals(again.losses.add(2.5), whole.losses.add(2.5));
  const next = { gradVariance: 3, gradSquares: 1 };
  assertEquals(again.noise.add(next), whole.noise.add(next));
});
