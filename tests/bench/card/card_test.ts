/**
 * The measurement of a card, run as a kit runs it, for the sections that take seconds.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CardReport } from "../../../bench/card/card_report.ts";
import { withFolder } from "../../testing/folder.ts";
import { deno } from "../../testing/program.ts";

Deno.test("bench/card.ts writes report.json and report.md of this machine's adapter", () =>
  withFolder(async (folder) => {
    const grants = ["read", "write", "env", "sys", "run"].map((name) => `--allow-${name}`);
    const args = ["--out", "card", "--sections", "answers", "--backends", "builtin"];
    const flags = ["run", "--quiet", "--no-lock", "--cached-only", "--no-prompt", "--no-check"];
    const { code, stdout, stderr } = await deno(
      [...flags, ...grants, "bench/card.ts", ...args, "--commit", "abc", "--seconds", "300"],
      { env: { INIT_CWD: folder, FLM_COMMAND: "sh run.sh" } },
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "answers, builtin, at most 300 s");
    const report: CardReport = JSON.parse(await Deno.readTextFile(`${folder}/card/report.json`));
    assertEquals([report.format, report.version, report.commit], ["flm-card-report", 1, "abc"]);
    const [job, ...others] = report.jobs;
    assertEquals([job!.state, others.length], ["done", 0]);
    const answers = job!.events.filter((event) => event.event === "answer");
    assert(answers.length >= 5 && answers.every(({ isRight }) => isRight));
    const page = await Deno.readTextFile(`${folder}/card/report.md`);
    assertStringIncludes(page, "## Known answers");
  }));
