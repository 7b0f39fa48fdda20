import { assertEquals } from "@std/assert";
import { fromRankZero, ONE_PROCESS, rankZeroFirst } from "../../lib/system/communicator.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

Deno.test("fromRankZero() finds on rank 0 alone, and tells the others", async () => {
  const asked: number[] = [];
  const found = await Promise.all(
    ranksInOneProcess(3).map((ranks) =>
      fromRankZero(ranks, () => {
        asked.push(ranks.rank);
        return Promise.resolve({ kept: "all" });
      })
    ),
  );
  assertEquals([asked, found], [[0], [{ kept: "all" }, { kept: "all" }, { kept: "all" }]]);
  assertEquals(await fromRankZero(ONE_PROCESS, () => Promise.resolve(7)), 7);
});

Deno.test("rankZeroFirst() keeps the others waiting until rank 0 is done", async () => {
  const order: number[] = [];
  await Promise.all(
    ranksInOneProcess(3).toReversed().map((ranks) =>
      rankZeroFirst(ranks, () => {
        order.push(ranks.rank);
        return Promise.resolve();
      })
    ),
  );
  assertEquals(order[0], 0);
  assertEquals(order.toSorted(), [0, 1, 2]);
});
