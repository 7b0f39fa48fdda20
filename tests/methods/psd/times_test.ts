import { assert, assertEquals } from "@std/assert";
import { GammaSchedule } from "../../../lib/flow/schedule.ts";
import {
  drawPsdTimes,
  psdCategories,
  PsdCategory,
  psdCounts,
  psdTimes,
} from "../../../lib/methods/psd/times.ts";

const schedule = new GammaSchedule(37);
const { Diagonal, Boundary, OffDiagonal } = PsdCategory;

Deno.test("psdCounts() rounds as the reference does", () => {
  const counts = (batchSize: number, diagonalFraction: number, boundaryOneIn: number) =>
    Object.values(psdCounts(batchSize, { diagonalFraction, boundaryOneIn }));
  assertEquals(counts(8, 0.5, 4), [4, 1, 3]);
  assertEquals(counts(512, 0.5, 32), [256, 8, 248]);
  assertEquals(counts(128, 0.25, 4), [32, 24, 72]);
  assertEquals(counts(7, 0.5, 32), [3, 0, 4]);
  assertEquals(counts(6, 0, 2), [0, 3, 3]);
  assertEquals(counts(6, 1, 2), [6, 0, 0]);
});

Deno.test("psdCategories() spreads every category evenly over the batch", () => {
  const counts = { diagonal: 64, boundary: 8, offDiagonal: 56 };
  const categories = psdCategories(counts);
  const countOf = (category: PsdCategory, from: number, to: number) =>
    categories.slice(from, to).filter((each) => each === category).length;
  assertEquals(countOf(Diagonal, 0, 128), 64);
  assertEquals(countOf(Boundary, 0, 128), 8);
  assertEquals(countOf(OffDiagonal, 0, 128), 56);
  for (let from = 0; from < 128; from += 16) {
    assertEquals(countOf(Diagonal, from, from + 16), 8);
    assertEquals(countOf(Boundary, from, from + 16), 1);
  }
  assertEquals(psdCategories({ diagonal: 0, boundary: 1, offDiagonal: 1 }), [
    OffDiagonal,
    Boundary,
  ]);
  assertEquals(psdCategories({ diagonal: 2, boundary: 0, offDiagonal: 0 }), [Diagonal, Diagonal]);
});

Deno.test("psdTimes() gives each category its times", () => {
  const draws = { diagonal: [0.3, 0.3, 0.3], lengths: [0.5, 0.5, 0.5], fractions: [0.5, 0.5, 0.5] };
  const { start, middle, end } = psdTimes([Diagonal, Boundary, OffDiagonal], draws);
  assertEquals([...start], [0.3, 0, 0.25]);
  assertEquals([...middle].map((u) => Math.fround(u)), [Math.fround(0.3), 0.5, 0.5]);
  assertEquals([...end], [0.3, 1, 0.75]);
});

Deno.test("drawPsdTimes() draws antithetic times for each category", () => {
  const categories = psdCategories(
    psdCounts(128, { diagonalFraction: 0.5, boundaryOneIn: 8 }),
  );
  const { start, middle, end, gammaMiddle } = drawPsdTimes(
    schedule,
    { seed: 3, step: 4 },
    categories,
  );
  const eighths = new Array(8).fill(0);
  let lengths = 0;
  categories.forEach((category, i) => {
    const [s, u, t] = [start[i]!, middle[i]!, end[i]!];
    assert(s >= 0 && s <= u && u <= t && t <= 1);
    assertEquals(gammaMiddle[i], schedule.gammaAt(u));
    if (category === Diagonal) {
      assertEquals(s, t);
      eighths[Math.floor(s * 8)]++;
    } else if (category === Boundary) assertEquals([s, u, t], [0, 0.5, 1]);
    else lengths += t - s;
  });
  assertEquals(eighths, new Array(8).fill(8));
  const mean = lengths / categories.filter((each) => each === OffDiagonal).length;
  assert(Math.abs(mean - 0.5) < 0.02, `mean length ${mean}`);
  assertEquals(drawPsdTimes(schedule, { seed: 3, step: 4 }, categories).start, start);
  assert(drawPsdTimes(schedule, { seed: 3, step: 5 }, categories).start[0] !== start[0]);
});
