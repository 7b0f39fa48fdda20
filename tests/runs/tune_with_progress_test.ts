import { assertEquals } from "@std/assert";
import { describeOtherWays, describeTuned } from "../../tasks/runs/tune_with_progress.ts";

Deno.test("describeTuned() says what was tried and what it led to", () => {
  assertEquals(
    describeTuned({ products: 36, tried: 36, changed: 5 }),
    "Tried the ways to compute 36 products: 5 take another than the usual one",
  );
  assertEquals(
    describeTuned({ products: 36, tried: 2, changed: 0 }),
    "Tried the ways to compute 2 products, 34 were known: 0 take another than the usual one",
  );
  assertEquals(
    describeTuned({ products: 36, tried: 0, changed: 0 }),
    "The ways to compute 36 products are known from runs/.ways",
  );
});

Deno.test("describeOtherWays() says why sums may differ", () => {
  const effect = "from now on sums may differ in their last bits";
  assertEquals(
    describeOtherWays({ reason: "adapter", adapter: "another card" }),
    `The run was tuned for another device, another card: ${effect}`,
  );
  assertEquals(
    describeOtherWays({ reason: "unknown", products: ["5x7x9 nn f32 f32 f32"] }),
    "The run was tuned by another version, whose ways to compute 5x7x9 nn f32 f32 f32 are not " +
      `known here: ${effect}`,
  );
  assertEquals(
    describeOtherWays({ reason: "tuned" }),
    `Until now the run was not tuned: ${effect}`,
  );
});
