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

/** A row for each task. */
export function taskTable(tasks: Readonly<Record<string, TaskEntry>>): string {
  const rows = Object.entries(tasks).map(([name, { description, command }]) => [
    `\`${name}\``,
    description,
    permissionsOf(command),
  ]);
  return markdownTable({ head: ["Task", "Does", "May"], rows }, "left").trimEnd();
}

/** The permissions of a command in words; a command that runs a task has those of that task. */
export function permissionsOf(command: string): string {
  const alias = /^deno task (?:--\S+ )*(\S+)(.*)$/.exec(command);
  if (alias !== null) return `runs \`${alias[1]}${alias[2]}\``;
  if (!command.startsWith("deno run ")) return "(commands of Deno itself)";
  const flags = [...command.matchAll(/(?<=\s'?"?)--allow-([a-z]+)(?:=("[^"]*"|[^\s'"]+))?/g)];
  const words = flags.flatMap(([, access, targets]) => inWords(access!, targets) ?? []);
  return words.join(", ");
}

/** A permission; what every task has to know of its surroundings is no subject. */
function inWords(access: string, targets: string | undefined): string | null {
  switch (access) {
    case "read":
      return targets === undefined ? "read files" : `read ${folders(targets)}`;
    case "write":
      return targets === undefined ? "write files" : `write ${folders(targets)}`;
    case "net":
      return targets === undefined ? "use the network" : hosts(targets.split(","));
    case "run":
      return "run Deno";
    case "all":
      return "everything";
    default:
      return null;
  }
}

/** Hosts in words; those of the hub of Hugging Face are one. */
function hosts(names: readonly string[]): string {
  const isHub = (name: string) => /(^|\.)(huggingface\.co|hf\.co)$/.test(name);
  const others = names.filter((name) => !isHub(name));
  return `use ${[...(names.some(isHub) ? ["the hub"] : []), ...others].join(" and ")}`;
}

function folders(targets: string): string {
  const text = targets.replaceAll('"', "");
  const cache = text.includes("$(") ? ["the cache of models"] : [];
  const named = text.replace(/\$\(.*$/, "").split(",").filter((each) => each !== "");
  return [...named.map((each) => `\`${each}/\``), ...cache].join(" and ");
}
