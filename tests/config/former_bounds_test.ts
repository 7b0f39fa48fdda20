/**
 * Bounds as older configurations have them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { modernBounds } from "../../lib/config/former_bounds.ts";

Deno.test("modernBounds() makes a bound of each former key, and says so", () => {
  const notes: string[] = [];
  const psd = { model: "psd", numSteps: 1, gamma: 1 };
  const today = { ...psd, metric: "validity", min: 0.5, max: null };
  assertEquals(
    modernBounds([
      { ...psd, validity: 0.9, letters: 26 },
      today,
      // As checkpoints have it, with every default.
      { ...psd, validity: null, letters: 20 },
      "no bound",
    ], notes),
    [
      { ...psd, metric: "validity", min: 0.9 },
      { ...psd, metric: "letters", min: 26 },
      today,
      { ...psd, metric: "letters", min: 20 },
      "no bound",
    ],
  );
  assertEquals(notes, [
    "evaluation.bounds: validity: NUMBER is metric: validity, min: NUMBER by now",
    "evaluation.bounds: letters: NUMBER is metric: letters, min: NUMBER by now",
    "evaluation.bounds: letters: NUMBER is metric: letters, min: NUMBER by now",
  ]);
});
