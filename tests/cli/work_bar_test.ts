/**
 * Work that is told of and shown, on a made-up terminal by a made-up clock.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { showLongWork } from "../../lib/cli/work_bar.ts";
import { beginWork, showWorkBy, UNSEEN } from "../../lib/system/long_work.ts";

/** Runs a test with what is written, and a clock that is set by hand. */
function withWorkBars(test: (written: string[], clock: { seconds: number }) => void): void {
  const written: string[] = [];
  const clock = { seconds: 0 };
  showLongWork({
    now: () => clock.seconds * 1000,
    output: { isTerminal: true, columns: () => 60, write: (text) => void written.push(text) },
  });
  try {
    test(written, clock);
  } finally {
    showWorkBy(() => UNSEEN);
  }
}

Deno.test("beginWork() does nothing where nobody looks", () => {
  using work = beginWork("read a", 3);
  work.add(1);
  work.progress(3, 3);
});

Deno.test("showLongWork() shows nothing of what is soon done", () =>
  withWorkBars((written, clock) => {
    using work = beginWork("read a", 2048);
    work.add(1024);
    clock.seconds = 1.9;
    work.add(1024);
    work[Symbol.dispose]();
    assertEquals(written, []);
  }));

Deno.test("showLongWork() shows how far, how fast and how long, and leaves nothing behind", () =>
  withWorkBars((written, clock) => {
    const work = beginWork("read a\x1b", 8192);
    clock.seconds = 1;
    work.add(1024);
    clock.seconds = 3;
    work.add(2048);
    assertMatch(written.at(-1)!, /read a\S+ .*37% 3 KiB\/8 KiB 1 KiB\/s ETA 5 s$/);
    work[Symbol.dispose]();
    assertEquals(written.at(-1), "\r\x1b[K");
  }));

Deno.test("showLongWork() shows the outermost of works, and the next one after it", () =>
  withWorkBars((written, clock) => {
    for (const name of ["a", "b"]) {
      using outer = beginWork(name, 10, "text");
      using inner = beginWork("inner", 10, "text");
      clock.seconds += 5;
      inner.add(1);
      outer.progress(3, 12);
      assertMatch(written.at(-1)!, RegExp(`${name} .* 25% 3/12$`));
    }
    assertEquals(written.length, 4);
  }));
