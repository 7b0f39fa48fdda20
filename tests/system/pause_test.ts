import { assertEquals } from "@std/assert";
import { sleep } from "../../lib/system/pause.ts";

const HOUR = 3_600_000;

Deno.test("sleep() ends when its signal comes, and at once if it has come", async () => {
  const controller = new AbortController();
  const asleep = sleep(HOUR, controller.signal);
  controller.abort();
  await asleep;
  await sleep(HOUR, controller.signal);
});

Deno.test("sleep() leaves its signal as it was", async () => {
  const { signal } = new AbortController();
  const heard: string[] = [];
  signal.addEventListener = (name: string) => heard.push(`add ${name}`);
  signal.removeEventListener = (name: string) => heard.push(`remove ${name}`);
  await sleep(0, signal);
  assertEquals(heard, ["add abort", "remove abort"]);
});
