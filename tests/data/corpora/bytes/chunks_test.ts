import { assertEquals, assertRejects } from "@std/assert";
import type { ByteChunks } from "../../../../lib/data/corpora/bytes/read_bytes.ts";
import { afterLook } from "../../../../lib/data/corpora/bytes/chunks.ts";

/** Ten bytes in chunks, and whether the stream was closed. */
function stream(size: number): { bytes: ByteChunks; isClosed: () => boolean } {
  let closed = false;
  async function* bytes() {
    try {
      for (let at = 0; at < 10; at += size) {
        yield Uint8Array.from({ length: Math.min(size, 10 - at) }, (_, i) => at + i);
      }
    } finally {
      closed = true;
    }
  }
  return { bytes: bytes(), isClosed: () => closed };
}

async function all(bytes: ByteChunks): Promise<number[]> {
  return (await Array.fromAsync(bytes)).flatMap((chunk) => [...chunk]);
}

Deno.test("afterLook() gives all bytes, whatever is looked at", async () => {
  const whole = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (const size of [1, 3, 10]) {
    for (const length of [0, 1, 4, 10, 11]) {
      const { bytes, isClosed } = stream(size);
      let head: number[] | undefined;
      assertEquals(await all(afterLook(bytes, length, (found) => head = [...found])), whole);
      assertEquals(head, whole.slice(0, length));
      assertEquals(isClosed(), true);
    }
  }
});

Deno.test("afterLook() closes the stream that is not to be read, and gives nothing of it", async () => {
  const { bytes, isClosed } = stream(3);
  const looked = afterLook(bytes, 4, () => {
    throw new RangeError("no");
  });
  await assertRejects(() => all(looked), RangeError, "no");
  assertEquals(isClosed(), true);
});
