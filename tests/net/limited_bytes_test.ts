import { assertEquals, assertRejects } from "@std/assert";
import { limitedBytes } from "../../lib/net/limited_bytes.ts";

Deno.test("limitedBytes() passes on what keeps the bound, and ends a body that does not", async () => {
  let ended = false;
  async function* body() {
    try {
      for (let length = 1;; length++) yield await Promise.resolve(new Uint8Array(length));
    } finally {
      ended = true;
    }
  }
  const taken: number[] = [];
  const take = async () => {
    for await (const { length } of limitedBytes(body(), 6, (size) => new RangeError(`${size}`))) {
      taken.push(length);
    }
  };
  await assertRejects(take, RangeError, "10");
  assertEquals([taken, ended], [[1, 2, 3], true]);
});
