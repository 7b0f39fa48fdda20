/**
 * Measures flm beside its peer: `deno task bench [--json] [--filter NAME] [--quick]`. What the
 * figures mean is in README.md of this folder.
 *
 * @module
 */

import { BACKEND_FLAG } from "../lib/cli/backend_flag.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { runMain } from "../lib/cli/main.ts";
import { print } from "../lib/cli/stdout.ts";
import { FlmError } from "../lib/errors.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { boolean, text } from "../lib/schema/field.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { attention } from "./attention.ts";
import { type Jax, openJax, PEER } from "./jax.ts";
import { matmul } from "./matmul.ts";
import { type Care, CAREFUL, measure, QUICK } from "./measure.ts";
import { headerLine, jsonLine, type Result, tableLine } from "./report.ts";
import type { Benchmark, Subject } from "./subject.ts";
import { trainingStep } from "./training_step.ts";

/** Everything there is to measure: add a file to this folder and its subject here. */
const SUBJECTS: readonly Subject[] = [matmul, attention, trainingStep];

/** What it takes. */
export const COMMAND = defineCommand({
  doc: `Measures kernels and training steps, beside ${PEER} on the same adapter.`,
  flags: {
    json: boolean({ doc: "Print one JSON object a line." }),
    filter: optional(text({ doc: "Measure only what has this in its name." })),
    quick: boolean({ doc: "Measure briefly: figures for a glance." }),
    ...BACKEND_FLAG,
  },
});

async function measureOne(
  benchmark: Benchmark,
  gpu: Gpu,
  jax: Jax | null,
  care: Care,
): Promise<Result> {
  const { name, shape, unit, work } = benchmark;
  using contenders = new DisposableStack();
  const pair = [contenders.use(benchmark.ours(gpu))];
  if (jax !== null && benchmark.peer !== undefined) {
    pair.push(contenders.use(benchmark.peer(jax)));
  }
  const [ours, peers] = await measure(pair, care);
  return {
    name,
    shape,
    value: work / ours!,
    unit,
    peer: peers === undefined ? null : PEER,
    peerValue: peers === undefined ? null : work / peers,
    ratio: peers === undefined ? null : peers / ours!,
  };
}

async function main(): Promise<void> {
  const { flags } = parseCommandLine({ name: taskCommand("bench"), ...COMMAND });
  using gpu = await Gpu.open({ backend: flags.backend });
  const all = (await Promise.all(SUBJECTS.map((subject) => subject(gpu)))).flat();
  const chosen = all.filter(({ name }) => name.includes(flags.filter ?? ""));
  if (chosen.length === 0) {
    throw new FlmError(
      `No benchmark has "${flags.filter}" in its name. There are: ` +
        `${all.map(({ name }) => name).join(", ")}.`,
    );
  }
  const jax = chosen.some(({ peer }) => peer !== undefined) ? await openJax() : null;
  using interrupt = new Interrupt();
  if (!flags.json) print(`${gpu.description}\n${headerLine(chosen)}`);
  for (const benchmark of chosen) {
    interrupt.signal.throwIfAborted();
    const result = await measureOne(benchmark, gpu, jax, flags.quick ? QUICK : CAREFUL);
    print(flags.json ? jsonLine(result) : tableLine(result, chosen));
  }
  // Neither device keeps the program alive.
  Deno.exit(0);
}

if (import.meta.main) await runMain(main);
