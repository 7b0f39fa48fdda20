import { assertEquals, assertRejects } from "@std/assert";
import { PhaseClock, PHASES, secondsIn } from "../../lib/train/phase_clock.ts";

Deno.test("PhaseClock adds up seconds by phase until they are taken", async () => {
  let now = 0;
  const clock = new PhaseClock(() => now);
  const work = (milliseconds: number) => () => {
    now += milliseconds;
    return Promise.resolve(milliseconds);
  };
  assertEquals(await clock.spend("data", work(250)), 250);
  await clock.spend("host", work(500));
  await clock.spend("data", work(250));
  now += 9000;
  await assertRejects(() =>
    clock.spend("writing", async () => {
      await work(1000)();
      throw new Error("full");
    })
  );
  const none = { deviceSeconds: 0, validationSeconds: 0 };
  assertEquals(clock.take(), { dataSeconds: 0.5, hostSeconds: 0.5, writingSeconds: 1, ...none });
  assertEquals(clock.take(), { dataSeconds: 0, hostSeconds: 0, writingSeconds: 0, ...none });
});

Deno.test("PhaseClock goes on from what a record tells, and secondsIn() adds up records", async () => {
  let now = 0;
  const clock = new PhaseClock(() => now);
  clock.goOnFrom({ kind: "end", step: 3, validationSeconds: 2, writingSeconds: 0.5, loss: 7 });
  await clock.spend("validation", () => Promise.resolve(now += 1000));
  const record = { kind: "train", step: 4, ...clock.take() };
  assertEquals(PHASES.map((phase) => secondsIn(phase, [record])), [0, 0, 0, 3, 0.5]);
  const older = { kind: "train", step: 2 };
  assertEquals(secondsIn("validation", [older, record, { ...record, validationSeconds: 4 }]), 7);
});
