/**
 * The whole of a recipe, cut off in each of its jobs and between them: begun again, it goes on
 * there, does nothing again that was done, and comes to the same.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../testing/folder.ts";
import { IS_NIGHTLY } from "../testing/nightly.ts";
import { descendants, ROOT } from "../testing/program.ts";
import { drawsOf, repeatBy, someOf } from "./draws.ts";
import { restoreImage, takeImage } from "./images.ts";
import { denoArguments, runKilled } from "./killed_program.ts";
import { HAS_SCRIPT, onTerminal, quoted } from "./terminal.ts";
import { anew, doUndisturbed, outcomeOf, prepare } from "./workloads.ts";

const REPRODUCE = anew([], "reproduce", "tiny.yaml", "--evaluation.judge", "ar");

/** What a terminal shows as the jobs begin, or as they are at work. */
const SHOWN = [
  "\ndeno task preprocess ",
  "train [",
  "distill [",
  "train-ar [",
  "\ndeno task evaluate ",
  "\ndeno task gen-ppl ",
  "\ndeno task report ",
];

/** Kills between two jobs, each with a reproduction after it. */
const KILLS = IS_NIGHTLY ? 8 : 1;

/** What is another whenever a recipe is made: these tell of its time. */
const TIMED = /\/(reproduce\.json|report\.html)$/;

const resultsOf = async (folder: string) =>
  Object.fromEntries(
    Object.entries(await outcomeOf(folder)).filter(([path]) => !TIMED.test(path)),
  );

/** Makes a folder that has the tasks of the project, under all permissions. */
async function begin(folder: string): Promise<void> {
  await prepare(REPRODUCE, folder);
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const run = `deno run --quiet --no-check --allow-all --config ${quoted(`${ROOT}deno.json`)}`;
  const own = Object.entries<{ command: string }>(tasks).flatMap(([name, { command }]) => {
    const [, program] = / (tasks\/\w+\.ts)$/.exec(command) ?? [];
    return program === undefined ? [] : [[name, `${run} ${quoted(ROOT + program)}`]];
  });
  const text = JSON.stringify({ tasks: Object.fromEntries(own) });
  await Deno.writeTextFile(`${folder}/deno.json`, text);
}

/** What a reproduction begins with and comes to, and when its own process changes files. */
const learn = () =>
  withFolder(async (temporary) => {
    const folder = `${temporary}/work`;
    await begin(folder);
    const start = takeImage(folder);
    const { moments } = await doUndisturbed(REPRODUCE, folder, `${temporary}/moments.json`);
    return { start, moments: moments.length, whole: await resultsOf(folder) };
  });

/** That, once it was asked for. */
let known: ReturnType<typeof learn> | undefined;

/** Jobs that were done, and are not to be done again. */
class DoneJobs {
  readonly #done = new Set<string>();

  /** Looks at what the next attempt says; the last job that it begins may be cut off. */
  check(output: string): void {
    const told = [...output.matchAll(/^(Done before: )?deno task (\S+ \S+)/gm)];
    const begun = told.filter(([, before]) => before === undefined).map(([, , job]) => job!);
    assertEquals(begun.filter((job) => this.#done.has(job)), [], output);
    for (const job of begun.slice(0, -1)) this.#done.add(job);
  }
}

Deno.test({
  name: "reproduce goes on where Ctrl-C at a terminal cut it off in its jobs",
  ignore: !HAS_SCRIPT,
  fn: () =>
    withFolder(async (folder) => {
      const { start, whole } = await (known ??= learn());
      await restoreImage(folder, start);
      const command = (await REPRODUCE.command(folder))!;
      const run = [Deno.execPath(), ...denoArguments(command)].map(quoted).join(" ");
      const jobs = new DoneJobs();
      for (const i of someOf(SHOWN.length, 2, drawsOf("reproduce at a terminal"))) {
        const output = await onTerminal(`trap : INT; ${run}; echo status $?`, folder, SHOWN[i]!);
        const message = `${repeatBy(`Ctrl-C at ${SHOWN[i]}`)}\n${output}`;
        const way = `To go on: deno task reproduce tiny.yaml --evaluation.judge ar`;
        assert(output.trimEnd().endsWith(`Interrupted. ${way}\r\nstatus 130`), message);
        assert(!output.includes("error:"), message);
        assertEquals(await descendants(Deno.pid), [], message);
        jobs.check(output);
      }
      const { code, output } = await runKilled(command, folder);
      assertEquals(code, 0, output);
      jobs.check(output);
      assertEquals(await resultsOf(folder), whole, output);
    }),
});

Deno.test("reproduce goes on where it was killed between two jobs", () =>
  withFolder(async (folder) => {
    const { start, moments, whole } = await (known ??= learn());
    const command = (await REPRODUCE.command(folder))!;
    const draw = drawsOf("reproduce between jobs");
    for (let kills = 0; kills < KILLS; kills++) {
      const killAt = draw(moments);
      await restoreImage(folder, start);
      const jobs = new DoneJobs();
      for (const fate of [{ killAt }, {}]) {
        const { code, output } = await runKilled(command, folder, fate);
        const message = `${repeatBy(JSON.stringify({ killAt }))}\n${output}`;
        assertEquals(code, "killAt" in fate ? 137 : 0, message);
        assertEquals(await descendants(Deno.pid), [], message);
        jobs.check(output);
      }
      assertEquals(await resultsOf(folder), whole, repeatBy(JSON.stringify({ killAt })));
    }
  }));
