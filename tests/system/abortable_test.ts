import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "../../lib/system/abortable.ts";

const never = new Promise<never>(() => {});

Deno.test("abortable() gives what the promise comes to", async () => {
  const { signal } = new AbortController();
  assertEquals(await abortable(Promise.resolve(1), undefined), 1);
  assertEquals(await abortable(Promise.resolve(2), signal), 2);
  await assertRejects(() => abortable(Promise.reject(new RangeError("x")), signal), RangeError);
});

Deno.test("abortable() ends with the signal's reason, also one that was given before", async () => {
  const stopped = new AbortController();
  const waiting = abortable(never, stopped.signal);
  stopped.abort(new RangeError("stop"));
  await assertRejects(() => waiting, RangeError, "stop");
  await assertRejects(() => abortable(never, stopped.signal), RangeError, "stop");
});
