/**
 * What the doctor finds, as lines of text.
 *
 * @module
 */

import { formatBytes, formatDuration, formatNumber } from "../../lib/cli/format.ts";
import { visibleText } from "../../lib/system/visible.ts";
import {
  type AdapterReport,
  type Answer,
  type BackendReport,
  type Driver,
  type Finding,
  isRight,
  isUsable,
  type Machine,
  type Room,
} from "./report.ts";

/** Columns of the labels. */
const LABEL = 11;
/** The longest line. */
const WIDTH = 100;

/** Lines of the machine. */
export function describeMachine(machine: Machine): string {
  const { flm, deno, system, cores, memory, disk, drivers, variables } = machine;
  return [
    ...row("flm", `${flm} on Deno ${deno}`),
    ...row("system", `${system}, ${cores} cores`),
    ...row("memory", describeRoom(memory)),
    ...row("disk", describeRoom(disk)),
    ...drivers === null ? [] : row("Vulkan", ...drivers.map(describeDriver)),
    ...row("variables", ...Object.entries(variables).map((pair) => pair.join("="))),
  ].join("\n");
}

/** Lines of a backend. */
export function describeBackend(backend: BackendReport): string {
  const { name, adapter, fault, isHere } = backend;
  const title = !isHere
    ? "not here; the first task that is given --backend dawn fetches it"
    : adapter?.description ?? "no adapter";
  return [
    ...row(name, title),
    ...adapter === null ? [] : describeAdapter(adapter),
    ...fault === null || !isHere ? [] : row("fault", ...wrapped(fault)),
  ].join("\n");
}

function describeAdapter(adapter: AdapterReport): string[] {
  const { info, features, limits, answers, rates } = adapter;
  const bytes = /(?<!Alignment)Size$/;
  const shown = Object.entries(limits).map(([name, value]) =>
    `${name} ${bytes.test(name) && value >= 1024 ? formatBytes(value) : value}`
  );
  return [
    ...row("info", ...wrapped(Object.entries(info).map((pair) => pair.join(" ")).join(", "))),
    ...row("features", ...wrapped(features.join(", ") || "none")),
    ...row("limits", ...wrapped(shown.join(", "))),
    ...row("answers", ...wrapped(answers.map(describeAnswer).join(", "))),
    ...rates === null ? [] : row(
      "rates",
      `product ${formatNumber(rates.flops * 1e-9)} GFLOP/s, copy ${formatBytes(rates.bytes)}/s, ` +
        `wait ${formatNumber(rates.wait * 1e3)} ms, first product ${formatDuration(rates.first)}`,
    ),
  ];
}

function describeAnswer(answer: Answer): string {
  const { name, error, bound } = answer;
  if (isRight(answer)) return `${name} right`;
  return `${name} WRONG (error ${formatNumber(error)}, at most ${formatNumber(bound)} expected)`;
}

function describeRoom(room: Room | null): string {
  if (room === null) return "the system does not say";
  return `${formatBytes(room.free)} free of ${formatBytes(room.total)}`;
}

function describeDriver({ file, library, version }: Driver): string {
  return `${file} (${version}): ${library ?? "its library was not found"}`;
}

/** What is wrong, and what to do about it; then whether models can be trained. */
export function describeFindings(
  findings: readonly Finding[],
  backends: readonly BackendReport[],
): string {
  const names = { bad: "WRONG", doubtful: "doubtful", note: "note" };
  const usable = backends.filter(isUsable).map(({ name }) => name);
  return [
    ...findings.flatMap(({ level, what, advice }) =>
      row(names[level], ...wrapped(`${what}.`), ...wrapped(`→ ${advice}`))
    ),
    ...row(
      "verdict",
      usable.length === 0
        ? "nothing can be trained here"
        : `models can be trained by ${usable.join(" and by ")}`,
    ),
  ].join("\n");
}

/** A label and its lines, one below the other; nothing if there are none. */
function row(label: string, ...lines: readonly string[]): string[] {
  return lines.map((line, i) =>
    `${(i === 0 ? label : "").padEnd(LABEL)}${visibleText(line)}`.trimEnd()
  );
}

/** Text in lines, broken at blanks. */
function wrapped(text: string): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= WIDTH - LABEL) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}
