import { assertEquals } from "@std/assert";
import { asOpenAs, withNoise } from "../../lib/config/settled.ts";
import { tinyConfig } from "../testing/tiny_run.ts";

Deno.test("asOpenAs() takes back what withNoise() settled, where that was left open", () => {
  const open = tinyConfig("tiny", 1);
  const settled = withNoise(open, "projected");
  assertEquals(settled, { ...open, flow: { noise: "projected" } });
  assertEquals(asOpenAs(open, settled), open);
  for (const noise of ["explicit", "projected"] as const) {
    assertEquals(asOpenAs(withNoise(open, noise), settled), settled);
  }
});
