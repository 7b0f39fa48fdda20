import { assertEquals } from "@std/assert";
import { Pacer } from "../../lib/gpu/pacer.ts";

Deno.test("Pacer asks for a wait as often as there are seconds of work", () => {
  let time = 0;
  const pacer = new Pacer(1, () => time);
  /** Records steps of so many milliseconds up to the next wait, and says how many. */
  const steps = (milliseconds: number) => {
    let isTime = false;
    while (!isTime) {
      isTime = pacer.record();
      time += milliseconds;
    }
    const { recorded } = pacer;
    pacer.waited();
    return recorded;
  };
  assertEquals(steps(100), 1);
  assertEquals(steps(250), 10);
  assertEquals(steps(250), 4);
  // Nothing is queued behind a step that takes longer.
  assertEquals(steps(5000), 4);
  assertEquals(steps(5000), 1);
});

Deno.test("Pacer.waited() goes by what it is told that a step takes", () => {
  let time = 0;
  const pacer = new Pacer(1, () => time);
  pacer.record();
  time += 100;
  assertEquals(pacer.secondsPerStep, 0.1);
  pacer.waited((pacer.secondsPerStep + 0.7) / 2);
  assertEquals([pacer.record(), pacer.record()], [false, true]);
});

Deno.test("Pacer.restart() leaves out what is no step", () => {
  let time = 0;
  const pacer = new Pacer(1, () => time);
  pacer.record();
  time += 100;
  pacer.waited();
  pacer.record();
  time += 60_000;
  pacer.restart();
  assertEquals(pacer.recorded, 0);
  pacer.record();
  time += 500;
  pacer.waited();
  assertEquals([pacer.record(), pacer.record()], [false, true]);
});
