import { assertEquals } from "@std/assert";
import { freeMemory, readState } from "../../../bench/card/nvidia.ts";

Deno.test("readState() names what nvidia-smi says of the first card", () => {
  const state = readState(
    "NVIDIA H100, 580.1, 81559, 559, P0, 31, 345, 1980, 2619, 70.1, 700.0\nB, 1\n",
  );
  assertEquals(state["name"], "NVIDIA H100");
  assertEquals(state["power.limit"], "700.0");
  assertEquals(freeMemory(state), 81000 * 2 ** 20);
});

Deno.test("freeMemory() knows nothing where the driver does not say", () => {
  assertEquals(freeMemory(readState("A, 1, [N/A], [N/A]")), null);
  assertEquals(freeMemory(null), null);
});
