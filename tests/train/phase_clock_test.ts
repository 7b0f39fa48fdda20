import { assertEquals, assertRejects } from "@std/assert";
import { PhaseClock } from "../../lib/train/phase_clock.ts";

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
