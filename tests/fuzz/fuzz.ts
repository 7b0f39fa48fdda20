/**
 * Fuzzing: files in which anything may be wrong, the same ones every time. Whatever is in them,
 * they are read or end in an error that names the file, within bounded time and memory.
 *
 * @module
 */

import { WorkerThread } from "../../lib/data/worker_thread.ts";
import type { DataError } from "../../lib/errors.ts";
import { withFolder } from "../testing/folder.ts";
import type { FuzzReply, FuzzRequest } from "./messages.ts";
import { SEED } from "./try_inputs.ts";

/** Milliseconds that an input may take, on a machine that is busy: most take less than one. */
const STALL_MS = 120_000;

/** Bytes by which the memory of the process may grow; other tests may run in it. */
const MOST_GROWTH = 3 * 2 ** 30;

/** Milliseconds from one look at the limits to the next. */
const LOOK_EVERY_MS = 100;

/**
 * Tries inputs of a subject, on a thread that is ended when one of them takes too much time or
 * memory.
 *
 * @throws {Error} with the numbers of inputs that were neither read nor refused as they must be, or
 * if nearly all of them were read, or none.
 */
export async function fuzz(subject: string, count: number): Promise<FuzzReply> {
  const reply = await withFolder((folder) => ask(subject, folder, count));
  const { read, refused, faults } = reply;
  if (faults.length > 0) {
    const lines = faults.map(([number, fault]) =>
      number < 0 ? fault : `${fault}\nAgain: deno run -A tests/fuzz/repeat.ts ${subject} ${number}`
    );
    throw new Error(`Faults of ${subject}, seed ${SEED}:\n\n${lines.join("\n\n")}`);
  }
  if (read > count / 1000 && refused > count / 20) return reply;
  throw new Error(`Of ${count} damaged files of ${subject} ${read} were read, ${refused} refused`);
}

async function ask(subject: string, folder: string, count: number): Promise<FuzzReply> {
  const module = new URL("./worker.ts", import.meta.url);
  using thread = new WorkerThread<FuzzRequest, FuzzReply>("The thread that fuzzes", module);
  const number = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  const trouble = Promise.withResolvers<FuzzReply>();
  const end = (fault: string) =>
    trouble.resolve({ read: 0, refused: 0, faults: [[Atomics.load(number, 0), fault]] });
  const before = Deno.memoryUsage().rss;
  let [last, since] = [-1, performance.now()];
  const watch = setInterval(() => {
    const [now, current] = [performance.now(), Atomics.load(number, 0)];
    if (current !== last) [last, since] = [current, now];
    else if (now - since > STALL_MS) end(`it takes more than ${STALL_MS / 1000} seconds`);
    if (Deno.memoryUsage().rss - before > MOST_GROWTH) {
      end(`memory grew by more than ${MOST_GROWTH / 2 ** 30} GiB`);
    }
  }, LOOK_EVERY_MS);
  // What nobody catches ends the thread.
  const reply = thread.ask({ subject, folder, count, number }).catch((error: DataError) => {
    end(error.message);
    return trouble.promise;
  });
  try {
    return await Promise.race([reply, trouble.promise]);
  } finally {
    clearInterval(watch);
  }
}
