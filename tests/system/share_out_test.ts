import { assertEquals, assertRejects } from "@std/assert";
import { shareOut, type ShareOutOptions } from "../../lib/system/share_out.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const ITEMS = [3, 1, 4, 1, 5, 9, 2];

/** What comes of the items, and which of them were done here. */
async function collect(options: ShareOutOptions<number>) {
  const done: number[] = [];
  const work = (item: number) => {
    done.push(item);
    return Promise.resolve(item * item);
  };
  return { all: await Array.fromAsync(shareOut(ITEMS, work, options)), done };
}

Deno.test("shareOut() gives all ranks all results in the order of the items", async () => {
  const alone = await collect({});
  assertEquals(alone, { all: ITEMS.map((item) => [item, item * item] as const), done: ITEMS });
  for (const numRanks of [1, 2, 3, 9]) {
    for (const depth of [1, 2, 5]) {
      const found = await Promise.all(
        ranksInOneProcess(numRanks).map((ranks) => collect({ ranks, depth })),
      );
      for (const [rank, { all, done }] of found.entries()) {
        assertEquals(all, alone.all);
        assertEquals(done, ITEMS.filter((_, i) => i % numRanks === rank));
      }
    }
  }
});

Deno.test("shareOut() gives an item to the rank of the one before when it must stay there", async () => {
  const stays = (item: number) => item === 1;
  const found = await Promise.all(
    ranksInOneProcess(2).map((ranks) => collect({ ranks, stays, depth: 2 })),
  );
  assertEquals(found.map(({ done }) => done), [[3, 1, 5, 2], [4, 1, 9]]);
  const { all } = await collect({});
  assertEquals(found.map((each) => each.all), [all, all]);
});

Deno.test("shareOut() begins no more items than its depth before it gives the first", async () => {
  for (const [depth, expected] of [[1, 1], [3, 3], [99, ITEMS.length]] as const) {
    let numBegun = 0;
    const work = (item: number) => {
      numBegun++;
      return Promise.resolve(item);
    };
    for await (const _ of shareOut(ITEMS, work, { depth })) break;
    assertEquals(numBegun, expected);
  }
});

Deno.test("shareOut() fails where the work fails, when its turn comes", async () => {
  const given: number[] = [];
  const work = (item: number) =>
    item === 4 ? Promise.reject(new TypeError("broken")) : Promise.resolve(item);
  await assertRejects(
    async () => {
      for await (const [item] of shareOut(ITEMS, work, { depth: 5 })) given.push(item);
    },
    TypeError,
    "broken",
  );
  assertEquals(given, [3, 1]);
});
