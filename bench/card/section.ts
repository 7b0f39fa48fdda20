/**
 * Measures a section on a backend, in a process of its own: the program that bench/card/jobs.ts
 * runs. Its one argument says what, as JSON; it writes an event a line.
 *
 * @module
 */

import { FlmError } from "../../lib/errors.ts";
import type { BackendName } from "../../lib/gpu/backend.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { runMain } from "../../lib/cli/main.ts";
import { print } from "../../lib/cli/stdout.ts";
import type { CardEvent } from "./events.ts";
import type { CardContext } from "./section_types.ts";
import { type SectionName, SECTIONS } from "./sections.ts";

/** What is asked of the program. */
export interface SectionRequest {
  readonly section: SectionName;
  readonly backend: BackendName;
  /** Seconds that it may take. */
  readonly seconds: number;
  /** Items that have been begun before. */
  readonly done: readonly string[];
  /** Memory that may be used, in bytes; null if nobody knows. */
  readonly memoryBytes: number | null;
  /** Operations a second of a product, as far as is known. */
  readonly flops: number;
  /** Variants of the product that were wrong. */
  readonly refused: readonly string[];
}

/** Memory of a card of which nothing is known, and the part of a processor's free memory. */
const UNKNOWN_MEMORY = 6 * 2 ** 30;
const HOST_SHARE = 0.5;

if (import.meta.main) {
  await runMain(async () => {
    const request: SectionRequest = JSON.parse(Deno.args[0]!);
    const { section, backend, seconds, done, refused } = request;
    const start = performance.now();
    const left = () => seconds - (performance.now() - start) / 1000;
    let flops = request.flops;
    const tell = (event: CardEvent) => {
      print(JSON.stringify(event));
      // The best tells the durations of those to come.
      if (event.event === "figure" && section === "products") flops = Math.max(flops, event.rate);
    };
    const gpu = await Gpu.open({ backend });
    for (const variant of refused) gpu.refuse(variant);
    const memoryBytes = gpu.kind === "cpu"
      ? Deno.systemMemoryInfo().available * HOST_SHARE
      : request.memoryBytes ?? UNKNOWN_MEMORY;
    let itemsLeft = 0;
    const context: CardContext = {
      ...{ gpu, backend, memoryBytes, left, tell },
      get flops() {
        return flops;
      },
      share: () => Math.max(0, left() / Math.max(1, itemsLeft)),
    };
    const items = (await SECTIONS[section].items(context)).filter(({ name }) =>
      !done.includes(name)
    );
    itemsLeft = items.length;
    for (const { name, run } of items) {
      tell({ event: "begin", item: name });
      if (left() <= 0) {
        tell({ event: "skip", item: name, why: "no time was left" });
        continue;
      }
      try {
        const why = await run();
        if (why !== undefined) tell({ event: "skip", item: name, why });
        gpu.trim();
      } catch (error) {
        if (!(error instanceof FlmError)) throw error;
        // What became of the device nobody knows: another process goes on.
        tell({ event: "fault", item: name, message: error.message });
        Deno.exit(1);
      }
      itemsLeft--;
    }
    // Neither backend's device lets the program end.
    Deno.exit(0);
  });
}
