/**
 * Looks whether models can be trained on this machine, and how fast it is:
 * `deno task doctor [--json]`. It exits with 1 if nothing can be trained.
 *
 * @module
 */

import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { runMain } from "../lib/cli/main.ts";
import { JSON_FLAG } from "../lib/cli/output_flags.ts";
import { print } from "../lib/cli/stdout.ts";
import { BACKENDS } from "../lib/gpu/backend.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { describeBackend, describeFindings, describeMachine } from "./doctor/describe.ts";
import { examineBackend } from "./doctor/examine_backend.ts";
import { findingsOf } from "./doctor/findings.ts";
import { examineMachine } from "./doctor/machine.ts";
import { type BackendReport, isUsable } from "./doctor/report.ts";

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Looks at the machine, its drivers and adapters, and whether kernels compute what they " +
    "should; says what to do about what is wrong. A bug report should have what it prints.",
  flags: JSON_FLAG,
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags: { json } } = parseCommandLine({ name: taskCommand("doctor"), ...COMMAND });
    // What is known is printed before what may bring a driver down.
    const show = (text: () => string) => json || print(text());
    const machine = await examineMachine();
    show(() => `${describeMachine(machine)}\n`);
    const backends: BackendReport[] = [];
    for (const name of BACKENDS) {
      const backend = await examineBackend(name);
      show(() => `${describeBackend(backend)}\n`);
      backends.push(backend);
    }
    const findings = findingsOf(machine, backends);
    show(() => describeFindings(findings, backends));
    const canTrain = backends.some(isUsable);
    if (json) print(JSON.stringify({ canTrain, machine, backends, findings }, null, 2));
    Deno.exitCode = canTrain ? 0 : 1;
  });
}
