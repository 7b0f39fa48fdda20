import { assertEquals } from "@std/assert";
import { describeSharpening, sharpenedWays } from "../../lib/eval/sharpened_way.ts";

Deno.test("sharpenedWays() has every pair once, and says nothing of what is 1", () => {
  assertEquals(sharpenedWays(), [{}]);
  assertEquals(sharpenedWays([1, 0.5, 1], [1, 0.9]), [
    {},
    { topP: 0.9 },
    { temperature: 0.5 },
    { temperature: 0.5, topP: 0.9 },
  ]);
});

Deno.test("describeSharpening() says what is not 1", () => {
  assertEquals(describeSharpening({}), []);
  assertEquals(describeSharpening({ temperature: 0.5, topP: 0.9 }), [
    "temperature 0.5",
    "top-p 0.9",
  ]);
});
