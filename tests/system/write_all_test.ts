import { assertEquals } from "@std/assert";
import { writeAll, writeAllSync } from "../../lib/system/write_all.ts";

/** Takes three bytes at a time. */
function slowFile() {
  const taken: number[] = [];
  const writeSync = (bytes: Uint8Array) => {
    const some = bytes.subarray(0, 3);
    taken.push(...some);
    return some.length;
  };
  return { taken, writeSync, write: (bytes: Uint8Array) => Promise.resolve(writeSync(bytes)) };
}

Deno.test("writeAll() and writeAllSync() write what the system did not take at first", async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
  const [one, other] = [slowFile(), slowFile()];
  await writeAll(one, bytes);
  writeAllSync(other, bytes);
  assertEquals([one.taken, other.taken], [[...bytes], [...bytes]]);
  await writeAll(one, new Uint8Array(0));
  assertEquals(one.taken.length, 7);
});

Deno.test("writeAllSync() waits for a full pipe that does not block", () => {
  const file = slowFile();
  let full = 3;
  const writeSync = (bytes: Uint8Array) => {
    if (full-- > 0) throw new Deno.errors.WouldBlock("Resource temporarily unavailable");
    return file.writeSync(bytes);
  };
  writeAllSync({ writeSync }, Uint8Array.of(1, 2, 3, 4, 5));
  assertEquals([file.taken, full], [[1, 2, 3, 4, 5], -2]);
});
