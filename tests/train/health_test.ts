import { assertEquals } from "@std/assert";
import { Health } from "../../lib/train/health.ts";

Deno.test("Health finds losses that are not finite, of the weights and of their average", () => {
  const health = new Health(true, 28);
  for (const bad of [NaN, Infinity, -Infinity]) {
    assertEquals(
      health.judge({ weights: bad, average: 3 }),
      `with the weights the loss would be ${bad}`,
    );
    assertEquals(
      health.judge({ weights: 3, average: bad }),
      `with the average the loss would be ${bad}`,
    );
  }
});

Deno.test("Health finds a loss far above the best so far, and forgives a spike", () => {
  const health = new Health(true, 28);
  assertEquals(health.judge({ weights: 3.3, average: 3.3 }), null);
  assertEquals(health.judge({ weights: 2.5, average: 3.2 }), null);
  assertEquals(health.judge({ weights: 35, average: 2.9 }), null);
  assertEquals(
    health.judge({ weights: 36, average: 2.9 }),
    "with the weights the loss would be 36.00, after 2.500 before",
  );
  assertEquals(
    health.judge({ weights: 2.4, average: 387_100 }),
    "with the average the loss would be 3.871e+5, after 2.900 before",
  );
  // It does not become the best.
  assertEquals(
    health.judge({ weights: 2.4, average: 37 }),
    "with the average the loss would be 37.00, after 2.900 before",
  );
  assertEquals(health.judge({ weights: -1.2, average: -1 }), null);
});

Deno.test("Health finds a cross-entropy far above that of guessing with nothing before it", () => {
  const health = new Health(true, 28);
  assertEquals(
    health.judge({ weights: 37, average: 3 }),
    "with the weights the loss would be 37.00, where guessing has 3.332",
  );
  assertEquals(health.judge({ weights: 36, average: 36 }), null);
  // Nor is anything forgiven for what was bad before.
  assertEquals(
    health.judge({ weights: 37, average: 3 }),
    "with the weights the loss would be 37.00, where guessing has 3.332",
  );
  // Squared errors have no such measure.
  assertEquals(new Health(false, 28).judge({ weights: 500, average: 400 }), null);
});
