/**
 * Tasks that are asked to end at drawn moments, as they are about to change a file: by Ctrl-C, once
 * or twice, by the signals of systems and of terminals that close, or since nobody reads what they
 * print. They end with the status that says so, leave no process and no file that is half-written,
 * and come to the same when they are begun again. Every night more of them meet each of these.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../testing/folder.ts";
import { IS_NIGHTLY } from "../testing/nightly.ts";
import { descendants, ROOT } from "../testing/program.ts";
import { drawsOf, repeatBy } from "./draws.ts";
import { type Image, restoreImage, takeImage } from "./images.ts";
import { type Fate, runKilled } from "./killed_program.ts";
import {
  anew,
  doUndisturbed,
  goOn,
  outcomeOf,
  prepare,
  type Workload,
  WORKLOADS,
} from "./workloads.ts";

const { SHARDS, TRAIN, DISTILL, SECOND_STAGE, JUDGE, IMPORT, EVALUATE } = WORKLOADS;
const FEW = ["--steps", "1", "--num-samples", "4"];

const exportTo = (form: string, out: string) =>
  anew([TRAIN], "export", "tiny", "--to", form, "--out", out, "--overwrite");

const PARITY = {
  ...anew([], "parity", `${ROOT}tests/golden`, "--filter", "tiny_flm_loss"),
  name: "parity",
};

/** Tasks that write for long: they leave nothing hidden behind. */
const WRITERS = [
  TRAIN,
  IMPORT,
  exportTo("huggingface", "exported"),
  ...IS_NIGHTLY
    ? [SHARDS, DISTILL, SECOND_STAGE, JUDGE, exportTo("reference", "exported.ckpt")]
    : [],
];

/**
 * Tasks that write at their end: as long as there is nothing to lose the system ends them, and what
 * that leaves of a file goes with the next write.
 */
const OTHERS = [
  anew([TRAIN], "sample", "tiny", "--steps", "4", "--out", "texts.txt"),
  anew([SHARDS], "inspect", "shards/tiny"),
  ...IS_NIGHTLY
    ? [
      EVALUATE,
      anew([TRAIN], "eval_ppl", "tiny"),
      anew([TRAIN, JUDGE], "quality", "tiny", "--judge", "tiny-ar", ...FEW),
      anew([TRAIN, JUDGE], "gen_ppl", "tiny", "--judge", "ar", "--max-tokens", "12", ...FEW),
      anew([TRAIN], "report", "runs/tiny"),
      anew([TRAIN], "watch", "tiny"),
      anew([], "plan", "tiny.yaml"),
      PARITY,
    ]
    : [],
];

/** How they are asked, and the status with which they end then. */
const ENDINGS: Readonly<Record<string, { signals: readonly Deno.Signal[]; status: number }>> = {
  "Ctrl-C": { signals: ["SIGINT"], status: 130 },
  "two Ctrl-C at once": { signals: ["SIGINT", "SIGINT"], status: 130 },
  "SIGTERM": { signals: ["SIGTERM"], status: 143 },
  "a terminal that closes": { signals: ["SIGHUP"], status: 129 },
  "a closed pipe": { signals: [], status: 141 },
};

/** What is there before a task, by what must have been done: made once. */
const prepared = new Map<string, Image>();

/** Makes a folder in which a task can begin. */
async function begin(work: Workload, folder: string): Promise<void> {
  const key = work.after.map(({ name }) => name).join();
  const image = prepared.get(key);
  if (image !== undefined) return await restoreImage(folder, image);
  await prepare(work, folder);
  prepared.set(key, takeImage(folder));
}

/**
 * Draws when a task is asked to end: as it is about to change a file, or at any time if it changes
 * none.
 */
function drawFate(
  ending: string,
  { draw, moments, wholeMs }: {
    readonly draw: (bound: number) => number;
    readonly moments: number;
    readonly wholeMs: number;
  },
): Fate {
  const { signals } = ENDINGS[ending]!;
  if (signals.length === 0) return { closes: true };
  return moments > 0 ? { killAt: draw(moments), signals } : { afterMs: draw(wholeMs), signals };
}

/** The files of a folder that were being built under other names. */
async function halfWritten(folder: string): Promise<string[]> {
  const names = Object.keys(await outcomeOf(folder));
  return names.filter((name) => /\.[0-9a-f]{12}\.(tmp|old)\b/.test(name));
}

for (const work of [...WRITERS, ...OTHERS]) {
  Deno.test(`${work.name} ends as it is asked to, and goes on to the same`, () =>
    withFolder(async (temporary) => {
      const [folder, told] = [`${temporary}/work`, `${temporary}/moments.json`];
      await begin(work, folder);
      const start = takeImage(folder);
      const { whole, moments: { length: moments }, wholeMs } = await doUndisturbed(
        work,
        folder,
        told,
      );
      const draw = drawsOf(work.name);
      const all = Object.keys(ENDINGS);
      for (const ending of IS_NIGHTLY ? all : [all[draw(all.length)]!]) {
        await restoreImage(folder, start);
        const fate = drawFate(ending, { draw, moments, wholeMs });
        const { code, output } = await runKilled((await work.command(folder))!, folder, fate);
        const said = `${work.name}, ${ending} by ${JSON.stringify(fate)} of ${moments} changes`;
        const message = `${repeatBy(said)}\n${output}`;
        assertEquals(await descendants(Deno.pid), [], message);
        assert(!output.includes("error:"), message);
        // What has all but come to its end as it is asked has nothing left to stop.
        if (code !== 0) {
          assertEquals(code, ENDINGS[ending]!.status, message);
          if (WRITERS.includes(work)) assertEquals(await halfWritten(folder), [], message);
          await goOn(work, folder);
        }
        assertEquals(await outcomeOf(folder), whole, message);
      }
    }));
}
