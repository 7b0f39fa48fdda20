import { assert, assertEquals } from "@std/assert";
import { measure } from "../../bench/measure.ts";
import type { Contender } from "../../bench/subject.ts";

/** A clock that only contenders move, and the names of those that ran, with repetitions. */
class Race {
  seconds = 0;
  readonly runs: [string, number][] = [];

  contender(name: string, overhead: number, perRepetition: () => number): Contender {
    return {
      run: (repetitions) => {
        this.runs.push([name, repetitions]);
        this.seconds += overhead + repetitions * perRepetition();
        return Promise.resolve();
      },
      [Symbol.dispose]() {},
    };
  }
}

const care = { samples: 3, sampleSeconds: 1, patienceSeconds: 100 };

Deno.test("measure() lets contenders take turns, in samples of the time asked for", async () => {
  const race = new Race();
  const fast = race.contender("fast", 0.01, () => 0.001);
  const slow = race.contender("slow", 0.01, () => 0.3);
  const times = await measure([fast, slow], care, () => race.seconds);
  const turns = race.runs.slice(-6);
  assertEquals(turns.map(([name]) => name), ["fast", "slow", "fast", "slow", "fast", "slow"]);
  for (const [name, repetitions] of turns) {
    const seconds = 0.01 + repetitions * (name === "fast" ? 0.001 : 0.3);
    assert(seconds > 0.8 && seconds < 1.3, `a sample of ${seconds} s`);
  }
  // A hundredth of a second of overhead in a sample of one second.
  assert(Math.abs(times[0]! / 0.001 - 1) < 0.02 && Math.abs(times[1]! / 0.3 - 1) < 0.02);
});

Deno.test("measure() takes the median and so forgives a slow sample", async () => {
  const race = new Race();
  const contender = race.contender("hiccup", 0, () => race.runs.length === 3 ? 50 : 1);
  assertEquals(await measure([contender], care, () => race.seconds), [1]);
  assertEquals(race.runs.length, 5);
});

Deno.test("measure() begins no sample when its patience is over, but one", async () => {
  const race = new Race();
  const contender = race.contender("slow", 0, () => 60);
  assertEquals(await measure([contender], care, () => race.seconds), [60]);
  // One to compile, one to calibrate, two samples: the second begins after 60 of 100 seconds.
  assertEquals(race.runs.length, 4);
});
