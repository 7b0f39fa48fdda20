/**
 * Compares flm with golden values: numbers that were computed with the public
 * PyTorch code of the paper. `deno task parity [DIR]` checks every file of a folder
 * (tests/golden unless told, which has a README) and exits with 1 if any check fails.
 *
 * @module
 */

import { BACKEND_FLAG } from "../lib/cli/backend_flag.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { path } from "../lib/cli/paths.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { print, printResult } from "../lib/cli/stdout.ts";
import { oneOf, text } from "../lib/schema/field.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import type { GoldenResult } from "./parity/check.ts";
import { checkGolden, listGolden } from "./parity/check_folder.ts";
import { isOfNetwork } from "./parity/registry.ts";
import { LazyResources } from "./parity/resources.ts";
import { headerLine, resultLine, shortList, summaryLine } from "./parity/table.ts";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Compares what flm computes with golden values of the reference.",
  positionals: [{ name: "DIR", flag: "dir" }],
  flags: {
    dir: path({ doc: "The golden files.", expected: "a folder", fallback: "tests/golden" }),
    precision: oneOf(["f32", "mixed"], {
      doc: "What networks are stored in; mixed has bounds of its own.",
      fallback: "f32",
    }),
    filter: optional(text({ doc: "Check only files whose name contains this." })),
    ...JSON_FLAG,
    ...BACKEND_FLAG,
  },
});

async function main(): Promise<void> {
  const { flags: { dir, filter, precision, backend, json } } = parseCommandLine({
    name: taskCommand("parity"),
    ...COMMAND,
  });
  const { checked: all, unchecked } = await listGolden(dir, filter ?? "");
  const checked = precision === "mixed" ? all.filter(isOfNetwork) : all;
  const width = Math.max(...checked.map((stem) => stem.length));
  const results: GoldenResult[] = [];
  const unread: string[] = [];

  await using resources = new LazyResources(precision, backend);
  using interrupt = new Interrupt();
  const say = (line: string) => json || print(line);
  say(headerLine(width));
  for (const stem of checked) {
    interrupt.signal.throwIfAborted();
    const report = await checkGolden(dir, stem, resources);
    for (const result of report.results) say(resultLine(result, width));
    results.push(...report.results);
    if (report.unread.length > 0) unread.push(`${stem}: ${shortList(report.unread)}`);
  }

  if (unread.length > 0) say(`\nNot checked yet in these files:\n  ${unread.join("\n  ")}`);
  if (unchecked.length > 0) say(`\nNo check yet for:\n  ${unchecked.join("\n  ")}`);
  printResult({ results, unread, unchecked }, () => `\n${summaryLine(results)}`);
  if (results.some(({ pass }) => !pass)) Deno.exitCode = 1;
}

if (import.meta.main) await runMain(main);
