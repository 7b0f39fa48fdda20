/**
 * Measures a card and writes report.json and report.md: what `sh run.sh` of a kit runs
 * (`deno task gpu-kit` makes one).
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { optional } from "../lib/cli/flags.ts";
import { runMain } from "../lib/cli/main.ts";
import { path } from "../lib/cli/paths.ts";
import { print } from "../lib/cli/stdout.ts";
import { BACKENDS } from "../lib/gpu/backend.ts";
import { list, number, oneOf, text } from "../lib/schema/field.ts";
import { writeFileAtomic } from "../lib/system/atomic.ts";
import { environment } from "../lib/system/environment.ts";
import { examineMachine } from "../tasks/doctor/machine.ts";
import type { Machine } from "../tasks/doctor/report.ts";
import { jobsOf } from "./card/budget.ts";
import { type CardReport, REPORT_VERSION } from "./card/card_report.ts";
import type { JobReport } from "./card/jobs.ts";
import { measureCard } from "./card/measure_card.ts";
import { freeMemory, nvidiaState } from "./card/nvidia.ts";
import { cardPage } from "./card/page.ts";
import { SECTION_NAMES } from "./card/sections.ts";

/** Seconds for all, so that they are less than 8 minutes with all that comes before and after. */
const SECONDS = 420;

const COMMAND = {
  name: environment("FLM_COMMAND") ?? "sh run.sh",
  doc: "Measures the graphics card of this machine, and writes report.json and report.md.",
  flags: {
    out: path({
      doc: "The folder that the report is written to.",
      expected: "the path of a folder",
      fallback: ".",
    }),
    seconds: number({
      doc: "Seconds that all of it may take.",
      above: 0,
      unit: "seconds",
      fallback: SECONDS,
    }),
    backends: list(oneOf(BACKENDS), { doc: "By which backends.", fallback: [...BACKENDS] }),
    sections: list(oneOf(SECTION_NAMES), { doc: "Which parts.", fallback: [...SECTION_NAMES] }),
    commit: optional(text({ doc: "The commit of the sources." })),
  },
};

/** A report says nothing of where a kit lies. */
function withoutFolders(machine: Machine): Machine {
  const { DENO_DIR: _, ...variables } = machine.variables;
  return { ...machine, variables };
}

if (import.meta.main) {
  await runMain(async () => {
    const { flags } = parseCommandLine(COMMAND);
    const { out, seconds, backends, sections, commit } = flags;
    const start = performance.now();
    await Deno.mkdir(out, { recursive: true });
    const machine = withoutFolders(await examineMachine());
    const before = await nvidiaState();
    const date = new Date().toISOString();
    const write = async (jobs: readonly JobReport[], isEnd = false) => {
      const nvidia = before && { before, after: isEnd ? await nvidiaState() : null };
      const report: CardReport = {
        ...{
          format: "flm-card-report",
          version: REPORT_VERSION,
          date,
          commit: commit ?? "unknown",
        },
        ...{ budget: seconds, seconds: (performance.now() - start) / 1000 },
        ...{ machine, nvidia, jobs },
      };
      await writeFileAtomic(`${out}/report.json`, `${JSON.stringify(report, null, 1)}\n`);
      await writeFileAtomic(`${out}/report.md`, cardPage(report));
    };
    const jobs = await measureCard({
      ...{ jobs: jobsOf(sections, backends), seconds, memoryBytes: freeMemory(before) },
      log: print,
      onJob: write,
    });
    await write(jobs, true);
    print(`Wrote ${out}/report.json and ${out}/report.md`);
  });
}
