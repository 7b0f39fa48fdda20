/**
 * Which of the ways to compute a matrix product is the fastest on a device.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { median } from "../math/median.ts";
import { matmul, type MatmulArgs, type MatmulWay } from "../ops/matmul.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** Seconds of work that are timed at once: long beside what it takes to start and to be told. */
const TIMED_SECONDS = 0.02;
/** Repetitions that are timed at once, at most. */
const MAX_REPEATS = 64;
/** Turns of every way: of products that take long, and of others. */
const TURNS = { few: 3, many: 7 };
/** From so many seconds a turn on a product takes long. */
const LONG_TURN = 0.5;
/** Ways that took so many times as long as the fastest at first are given up. */
const HOPELESS = 2;
/** By so much another way must be faster than the usual one: less may be chance. */
const GAIN = 0.03;
/** And in more than such a part of the turns. */
const WON = 0.8;

/** What a contest is held with. */
export interface ContestOptions {
  /** Takes the times. */
  readonly measure: Stopwatch;
  /** Ends the contest between two turns. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The way that computes a product fastest, by the medians of turns that the ways take in rotation.
 * The first one, the usual way, is left only for one that is 3 % faster, and in nearly all of the
 * turns: a machine with other work to do must not decide. The result is overwritten.
 *
 * @param ways What to choose from, at least one.
 * @throws {unknown} The signal's reason.
 */
export async function fastestWay(
  gpu: Gpu,
  args: MatmulArgs,
  ways: readonly MatmulWay[],
  { measure, signal }: ContestOptions,
): Promise<MatmulWay> {
  const [usual] = ways;
  if (ways.length === 1) return usual!;
  const time = async (way: MatmulWay, repeats: number) => {
    signal?.throwIfAborted();
    const seconds = await measure(gpu, () => {
      for (let i = 0; i < repeats; i++) matmul(gpu, args, way);
    });
    return seconds / repeats;
  };
  const first: number[] = [];
  for (const way of ways) {
    // Kernels are compiled when they first run.
    await time(way, 1);
    first.push(await time(way, 1));
  }
  const least = Math.min(...first);
  const left = ways.filter((way, i) => way === usual || first[i]! <= HOPELESS * least);
  const repeats = Math.min(MAX_REPEATS, Math.max(1, Math.ceil(TIMED_SECONDS / least)));
  const turns = least * repeats < LONG_TURN ? TURNS.many : TURNS.few;
  const times = new Map(left.map((way) => [way, [] as number[]]));
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < left.length; i++) {
      const way = left[(i + turn) % left.length]!;
      times.get(way)!.push(await time(way, repeats));
    }
  }
  const medians = left.map((way) => median(times.get(way)!));
  const fastest = left[medians.indexOf(Math.min(...medians))]!;
  const [own, others] = [times.get(fastest)!, times.get(usual!)!];
  const wins = own.filter((seconds, turn) => seconds < (1 - GAIN) * others[turn]!).length;
  return wins > WON * turns ? fastest : usual!;
}
