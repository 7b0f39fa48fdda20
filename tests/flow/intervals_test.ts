import { assert, assertEquals } from "@std/assert";
import {
  drawIntervals,
  intervalsFromDraws,
  pickIntervals,
  withGammas,
} from "../../lib/flow/intervals.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";

const schedule = new GammaSchedule(37);
const rules = { minLength: 1e-6, boundaryOneIn: 64 };

Deno.test("intervalsFromDraws() makes jumps that end by time 1, and whole ones", () => {
  const { start, middle, end } = intervalsFromDraws({
    lengths: [0.5, 0, 0.25, 1],
    fractions: [0.5, 0.5, 0.9, 0.7],
    boundary: [0.5, 0.5, 0.015, 1 / 64],
  }, rules);
  assertEquals([start[0], start[2], start[3]], [0.25, 0, 0]);
  assert(Math.abs(start[1]! - 0.5) < 1e-6);
  assertEquals(end[0], 0.75);
  assertEquals(middle[0], 0.5);
  // The least length is there after rounding, too.
  assert(end[1]! - start[1]! > 0.9e-6 && middle[1]! > start[1]! && middle[1]! < end[1]!);
  assertEquals([middle[2], end[2], middle[3], end[3]], [0.5, 1, 0.5, 1]);
});

Deno.test("drawIntervals() draws lengths evenly, and one whole jump in boundaryOneIn", () => {
  const batchSize = 640;
  for (const step of [0, 7]) {
    const { start, middle, end, gammaStart, gammaMiddle, gammaEnd } = drawIntervals(
      schedule,
      { seed: 5, step },
      batchSize,
      rules,
    );
    const lengths = end.map((t, i) => t - start[i]!);
    assertEquals(lengths.filter((d) => d === 1).length, 10);
    // Antithetic: about every tenth of the lengths has a tenth of the samples.
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = lengths.filter((d) => d >= tenth / 10 && d < (tenth + 1) / 10).length;
      assert(count >= 54 && count <= 64, `${count} lengths in tenth ${tenth}`);
    }
    const bySample = Array.from(lengths, (d, i) => ({ d, s: start[i]! })).filter(({ d }) => d < 1);
    const mean = bySample.reduce((sum, { d, s }) => sum + s / (1 - d), 0) / bySample.length;
    assert(Math.abs(mean - 0.5) < 0.01, `mean fraction ${mean}`);
    for (let i = 0; i < batchSize; i++) {
      assert(start[i]! < middle[i]! && middle[i]! < end[i]! && end[i]! <= 1);
      assert(gammaStart[i]! < gammaMiddle[i]! && gammaMiddle[i]! < gammaEnd[i]!);
      assertEquals(start[i], Math.fround(start[i]!));
      assertEquals(end[i], Math.fround(end[i]!));
      assertEquals(gammaEnd[i], schedule.gammaAt(end[i]!));
    }
  }
});

Deno.test("drawIntervals() depends on seed and step alone", () => {
  const draw = (seed: number, step: number) => drawIntervals(schedule, { seed, step }, 8, rules);
  assertEquals(draw(1, 2), draw(1, 2));
  assert(draw(1, 2).start[0] !== draw(1, 3).start[0]);
  assert(draw(1, 2).start[0] !== draw(2, 2).start[0]);
});

Deno.test("pickIntervals() takes samples in the order asked for", () => {
  const times = {
    start: new Float64Array([0, 0.1, 0.2]),
    middle: new Float64Array([0.3, 0.4, 0.5]),
    end: new Float64Array([0.6, 0.7, 0.8]),
  };
  const all = withGammas(schedule, times);
  const picked = pickIntervals(all, [2, 0]);
  assertEquals([...picked.start], [0.2, 0]);
  assertEquals([...picked.middle], [0.5, 0.3]);
  assertEquals([...picked.end], [0.8, 0.6]);
  assertEquals([...picked.gammaStart], [all.gammaStart[2], all.gammaStart[0]]);
  assertEquals([...picked.gammaEnd], [all.gammaEnd[2], all.gammaEnd[0]]);
});
