/**
 * The thread that tries inputs; see fuzz.ts.
 *
 * @module
 */

import { answerRequests } from "../../lib/data/worker_thread.ts";
import type { FuzzReply, FuzzRequest } from "./messages.ts";
import { SUBJECTS } from "./subjects.ts";
import { Trial } from "./try_inputs.ts";

/** So many faults are enough to look into. */
const MOST_FAULTS = 5;

async function tryInputs(request: FuzzRequest): Promise<FuzzReply> {
  const { subject, folder, count, number } = request;
  const trial = new Trial(await SUBJECTS[subject]!(folder));
  await trial.requireGoodFiles();
  const found = { read: 0, refused: 0, faults: [] as [number, string][] };
  for (let i = 0; i < count && found.faults.length < MOST_FAULTS; i++) {
    Atomics.store(number, 0, i);
    try {
      found[(await trial.input(i)).kind]++;
    } catch (error) {
      found.faults.push([i, describe(error)]);
    }
  }
  return found;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? `${error}` : `${error}`;
}

answerRequests<FuzzRequest, FuzzReply>(
  (request) =>
    tryInputs(request).catch((error) => ({
      read: 0,
      refused: 0,
      faults: [[-1, describe(error)]],
    })),
  () => [],
);
