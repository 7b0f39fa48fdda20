import { assertEquals } from "@std/assert";
import { nextTurn } from "../../lib/system/next_turn.ts";

Deno.test("nextTurn() lets timers and messages come before what follows", async () => {
  const came: string[] = [];
  setTimeout(() => came.push("timer"), 0);
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = () => came.push("message");
  port1.postMessage(null);
  await Promise.resolve();
  assertEquals(came, []);
  await nextTurn();
  // A message takes a turn of its own.
  await nextTurn();
  port1.close();
  port2.close();
  assertEquals(came.toSorted(), ["message", "timer"]);
});
