/**
 * Joining the other processes that a launcher started together with this one.
 *
 * @module
 */

import { ConfigError, type FlmError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { environment } from "../system/environment.ts";
import { pause } from "../system/pause.ts";
import { ONE_RANK, type Ranks } from "../train/ranks.ts";
import { launcher } from "./launcher.ts";
import { Mpi, TIMEOUT_VARIABLE } from "./mpi.ts";
import { MpiRanks } from "./mpi_ranks.ts";

/** Long enough for rank 0 to write a checkpoint of a large model to a slow disk. */
const TIMEOUT_SECONDS = 900;

/** What all have at least to begin, since libraries first look at all networks that there are. */
const BEGIN_SECONDS = 60;

/** Milliseconds for which others leave it to rank 0 to say what all of them fail at. */
const SPEAK_AFTER_MS = 2000;

/** Milliseconds for a launcher to hand on what was said, before all end and it may be lost. */
const HEARD_AFTER_MS = 500;

/** The processes that work together, and how this one ends with them. */
export interface JoinedRanks {
  /** What the work knows of them. */
  readonly ranks: Ranks;
  /** Leaves the others, when all have done their work. */
  leave(): Promise<void>;
  /** Says what this one fails at, and ends all of them, unless it has left. */
  fail(speak: () => void, exitCode: number): void;
}

/**
 * Joins the other ranks, if a launcher started this process as one of several.
 *
 * @param onRank Told which one this is, before anything can fail that a rank does.
 * @param inWords What standard error has of an error of which only another thread can speak.
 * @throws {FlmError} if MPI cannot be used, or the environment gives no number of seconds.
 */
export function joinRanks(
  onRank: (rank: number) => void,
  inWords: (error: FlmError) => string,
): JoinedRanks {
  const found = launcher();
  if (found === null || found.numRanks === 1) {
    return { ranks: ONE_RANK, leave: () => Promise.resolve(), fail: (speak) => speak() };
  }
  if (found.rank !== null) onRank(found.rank);
  const seconds = timeout();
  const mpi = new Mpi(found, seconds, { beginSeconds: Math.max(seconds, BEGIN_SECONDS), inWords });
  let hasLeft = false;
  return {
    ranks: mpi.numRanks === 1 ? ONE_RANK : new MpiRanks(mpi),
    async leave() {
      if (hasLeft) return;
      await mpi.leave();
      hasLeft = true;
    },
    fail(speak, exitCode) {
      if (hasLeft) {
        // All came to the same end.
        if (mpi.rank === 0) speak();
        return;
      }
      // What all fail at, a wrong flag perhaps, is said once: rank 0 ends the others before they
      // speak.
      if (mpi.rank > 0) pause(SPEAK_AFTER_MS);
      speak();
      pause(HEARD_AFTER_MS);
      mpi.abort(exitCode);
    },
  };
}

function timeout(): number {
  const given = environment(TIMEOUT_VARIABLE);
  if (given === undefined) return TIMEOUT_SECONDS;
  const seconds = Number(given);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new ConfigError(
    `${TIMEOUT_VARIABLE}: expected a number of seconds greater than 0, found ${
      describeValue(given)
    }`,
  );
}
