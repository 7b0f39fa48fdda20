/**
 * What the tasks of deno.json do, and what they may do.
 *
 * @module
 */

import { markdownTable } from "../figures/text_table.ts";

/** A task as deno.json has it. */
export interface TaskEntry {
  /** What it does, in a line. */
  readonly description: string;
  /** What it runs. */
  readonly command: string;
}

/** What programs may do, as a set of deno.json has it: each permission with its targets, or all. */
export type PermissionSet = Readonly<Record<string, true | readonly string[]>>;

/** What is read of deno.json. */
export interface Tasks {
  /** The tasks by their names. */
  readonly tasks: Readonly<Record<string, TaskEntry>>;
  /** The sets of permissions by their names. */
  readonly permissions: Readonly<Record<string, PermissionSet>>;
}

/** A row for each task, but for the short forms of a recipe's tasks. */
export function taskTable({ tasks, permissions }: Tasks): string {
  const rows = Object.entries(tasks)
    .filter(([name]) => !/:(lm1b|owt)$/.test(name))
    .map(([name, { description, command }]) => [
      `\`${name}\``,
      description,
      permissionsOf(command, permissions),
    ]);
  return markdownTable({ head: ["Task", "Does", "May"], rows }, "left").trimEnd();
}

/**
 * The permissions of a command in words: those of its set, and those of its flags; a task that runs
 * another one has those of that one.
 */
export function permissionsOf(command: string, sets: Tasks["permissions"]): string {
  const other = /^deno task (?:--\S+ )*(\S+)/.exec(command)?.[1];
  if (other !== undefined) return `as \`${other}\``;
  if (!command.startsWith("deno run ")) return "(commands of Deno itself)";
  const name = /(?<=\s-P=)\S+/.exec(command)?.[0];
  const flags = command.matchAll(/(?<=\s)--allow-([a-z]+)(?:=("[^"]*"|[^\s"]+))?/g);
  const given = new Map([
    ...Object.entries(name === undefined ? {} : sets[name]!),
    ...[...flags].map(([, access, targets]) => [access!, targetsOf(targets)] as const),
  ]);
  return [...given].flatMap(([access, targets]) => inWords(access, targets) ?? []).join(", ");
}

/** The targets of a flag, what a program says among them. */
function targetsOf(text: string | undefined): true | readonly string[] {
  if (text === undefined) return true;
  const [named, program] = text.replaceAll('"', "").split("$(");
  if (program === undefined) return named!.split(",");
  return [...named!.split(","), program.includes("caller_folder.ts") ? CALLER : CACHE];
}

const CACHE = "the cache of models";
const CALLER = "the caller's folder";

/** A permission; what every task has to know of its surroundings is no subject. */
function inWords(access: string, targets: true | readonly string[]): string | null {
  switch (access) {
    case "read":
    case "write":
      return `${access} ${targets === true ? "files" : folders(targets)}`;
    case "net":
      return `use ${targets === true ? "the network" : hosts(targets)}`;
    case "run":
      return `run ${targets === true ? "programs" : programs(targets)}`;
    case "ffi":
      return "load Dawn";
    default:
      return null;
  }
}

/** Programs in words, by their names. */
function programs(names: readonly string[]): string {
  const shown = names.map((name) => name === "deno" ? "Deno" : name);
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** Hosts in words; those of the hub of Hugging Face are one. */
function hosts(names: readonly string[]): string {
  const isHub = (name: string) => /(^|\.)(huggingface\.co|hf\.co)$/.test(name);
  const others = names.filter((name) => !isHub(name));
  return [...(names.some(isHub) ? ["the hub"] : []), ...others].join(" and ");
}

function folders(names: readonly string[]): string {
  return names.map((name) => [CACHE, CALLER].includes(name) ? name : `\`${name}/\``).join(" and ");
}
