import { assertEquals } from "@std/assert";
import { formatWay, type MatmulWay, parseWay } from "../../lib/ops/matmul_way.ts";

Deno.test("formatWay() gives words that parseWay() reads", () => {
  const ways: readonly (readonly [MatmulWay, string])[] = [
    [{ variant: "plain" }, "plain"],
    [{ variant: "matrix", split: 3 }, "matrix/3"],
    [{ variant: "register8x64" }, "register8x64"],
    [{ variant: "tile64x128", split: 16 }, "tile64x128/16"],
  ];
  for (const [way, word] of ways) {
    assertEquals(formatWay(way), word);
    assertEquals(parseWay(word), way);
  }
  assertEquals(formatWay({ variant: "tile32x32", split: 1 }), "tile32x32");
});

Deno.test("parseWay() knows no other words", () => {
  for (
    const word of [
      "",
      "tile31x31",
      "tile32x32/",
      "tile32x32/0",
      "tile32x32/-1",
      "tile32x32/1e9",
      "Plain",
    ]
  ) {
    assertEquals(parseWay(word), null, word);
  }
});
