/**
 * What README, docs/ and the other pages say is there: tasks, flags, recipes, keys, files, anchors,
 * messages.
 *
 * @module
 */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { basename } from "node:path";
import { configKeys, parseConfig } from "../lib/config/config.ts";
import { parseYaml } from "../lib/config/yaml.ts";
import { isMapping } from "../lib/schema/tree.ts";
import { exists } from "../lib/system/exists.ts";
import {
  anchorsOf,
  commandsOf,
  type DocumentedCommand,
  inlineCode,
  linksOf,
  splitPage,
} from "./testing/markdown.ts";
import { deno, ROOT } from "./testing/program.ts";

const { tasks, version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
  tasks: Record<string, { command: string }>;
  version: string;
};

/** The pages for people, by their paths. */
const PAGES: Readonly<Record<string, string>> = Object.fromEntries(
  await Promise.all(
    [
      "README.md",
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "SECURITY.md",
      "bench/README.md",
      ...(await namesIn("docs")).map((name) => `docs/${name}`),
    ].map(async (path) => [path, await Deno.readTextFile(`${ROOT}${path}`)]),
  ),
);

/** The recipes by name, and the runs that they make. */
const RECIPES = (await namesIn("data")).map((name) => basename(name, ".yaml"));
const RUNS = RECIPES.flatMap((name) => ["", "-distill", "-second", "-ar"].map((s) => name + s));

/** What stands for a name that a person chooses, alone or in a path. */
const PLACEHOLDER = /(^|[/_])([A-Z]{2,}|mine|try)(?![a-zA-Z])/;

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${ROOT}${folder}`));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => name).sort();
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${ROOT}${folder}`));
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
}

/** What is wrong on the pages: a sentence for each fault, after its place. */
async function faults(
  find: (page: string, path: string) => AsyncIterable<[line: number, fault: string]>,
): Promise<string[]> {
  const found: string[] = [];
  for (const [path, page] of Object.entries(PAGES)) {
    for await (const [line, fault] of find(page, path)) found.push(`${path}:${line}: ${fault}`);
  }
  return found;
}

/** What a task takes. */
interface Usage {
  readonly flags: ReadonlySet<string>;
  /** Whether it takes configuration keys as flags. */
  readonly keys: boolean;
  /** How many arguments it takes that are no flags. */
  readonly positionals: number;
}

/** What a task takes by its own help; by its program's text if it has no help. */
async function usageOf(task: string): Promise<Usage> {
  const { command } = tasks[task]!;
  const program = [...command.matchAll(/(?:tasks|bench)\/\w+\.ts/g)].at(-1)?.[0];
  const text = program === undefined ? "" : await Deno.readTextFile(`${ROOT}${program}`);
  if (!command.startsWith("deno task ") && !/parseCommandLine|trainTask/.test(text)) {
    return { flags: flagsIn(text), keys: false, positionals: 0 };
  }
  const { code, stdout, stderr } = await deno(["task", "--quiet", task, "--help"]);
  assertEquals(code, 0, stderr);
  const [, usage] = /^Usage: \S+ (?:task )?(.*)$/m.exec(stdout)!;
  const names = usage!.split(" ").slice(1).filter((word) => /^\[?[A-Z]+\]?(\.\.\.)?$/.test(word));
  return {
    flags: flagsIn(stdout),
    keys: usage!.includes("[--KEY VALUE]"),
    positionals: names.some((name) => name.endsWith("...")) ? Infinity : names.length,
  };
}

function flagsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/(?<!\S|")--([a-z][a-z-]*)/g)].map(([, name]) => name!));
}

const usages = new Map<string, Promise<Usage>>();

/** What is wrong with the arguments of a task. */
async function* taskFaults(task: string, args: readonly string[]): AsyncIterable<string> {
  if (!(task in tasks)) return yield `there is no task ${task}`;
  if (!usages.has(task)) usages.set(task, usageOf(task));
  const { flags, keys, positionals } = await usages.get(task)!;
  let count = 0;
  for (const [i, arg] of args.entries()) {
    const flag = /^--([^=]+)/.exec(arg)?.[1];
    if (flag !== undefined) {
      const isKnown = flags.has(flag) || (keys && isKey(camel(flag)));
      if (!isKnown) yield `${task} has no flag --${flag}`;
      continue;
    }
    const isValue = args[i - 1]?.startsWith("--") && !args[i - 1]!.includes("=");
    if (isValue && !/^(data|runs|shards|tests)\//.test(arg)) continue;
    if (!await isKnownPlace(arg)) yield `${task} is given ${arg}, which is not known`;
    if (!isValue && ++count > positionals) yield `${task} takes no ${arg}`;
  }
}

/** Whether an argument is a recipe or run, or a path that is there or comes of a recipe. */
async function isKnownPlace(arg: string): Promise<boolean> {
  if (PLACEHOLDER.test(arg) || RECIPES.includes(arg) || RUNS.includes(arg)) return true;
  const [, made] = /^(?:runs|shards)\/([^/]+)/.exec(arg) ?? [];
  if (made !== undefined) return RUNS.includes(made);
  return await exists(`${ROOT}${arg}`);
}

function camel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether a name is that of a key or of a section. */
function isKey(name: string): boolean {
  return configKeys().some(({ path }) => path === name || path.startsWith(`${name}.`));
}

function taskOf({ words }: DocumentedCommand): { task: string; args: readonly string[] } | null {
  if (words[0] === "./flm") return { task: words[1]!, args: words.slice(2) };
  return words[0] === "deno" && words[1] === "task"
    ? { task: words[2]!, args: words.slice(3) }
    : null;
}

Deno.test("every command on the pages names a task that is there, with flags that it has", async () => {
  const found = await faults(async function* (page) {
    for (const command of commandsOf(page)) {
      const called = taskOf(command);
      if (called === null || called.task === undefined) continue;
      for await (const fault of taskFaults(called.task, called.args)) yield [command.line, fault];
    }
  });
  assertEquals(found, []);
});

Deno.test("the short forms of the paper's recipes are what their page says", () => {
  const rows = PAGES["docs/recipes.md"]!.matchAll(
    /^\| `([a-z-]+):NAME` +\| `\.\/flm ([a-z:-]+) (NAME[a-z-]*)/gm,
  );
  let count = 0;
  for (const [, short, task, argument] of rows) {
    for (const name of ["lm1b", "owt"]) {
      const { command } = tasks[`${short}:${name}`]!;
      const words = command.split(" ");
      const program = tasks[task!]!.command.split(" ").at(-1)!;
      const at = words.indexOf(command.startsWith("deno task ") ? task! : program);
      assertEquals(words[at + 1], argument!.replace("NAME", name), `${short}:${name}`);
      count++;
    }
  }
  assertEquals(count, Object.keys(tasks).filter((name) => /:(lm1b|owt)$/.test(name)).length);
});

Deno.test("every recipe says by which command it is run", async () => {
  for (const name of RECIPES) {
    const text = await Deno.readTextFile(`${ROOT}data/${name}.yaml`);
    const [, command] = /^# {3}\.\/flm (.*)$/m.exec(text) ?? [];
    assertEquals(command, name === "demo" ? "demo" : `reproduce ${name}`, name);
  }
});

Deno.test("every task is on a page", () => {
  const text = Object.values(PAGES).join("\n");
  // A page has one line for the recipes of the paper.
  const names = Object.keys(tasks).map((name) => name.replace(/:(lm1b|owt)$/, ":NAME"));
  assertEquals(names.filter((name) => !text.includes(`\`${name}\``)), []);
});

Deno.test("every other command on the pages runs a program that is there", async () => {
  const found = await faults(async function* (page) {
    for (const { words, line } of commandsOf(page)) {
      if (words[0] !== "deno" || words[1] === "task") continue;
      const paths = words.slice(2).map((word) => word.replace("https://example.org/flm/", ""))
        .filter((word) => /\.ts$/.test(word));
      if (paths.length === 0) yield [line, `no program in ${words.join(" ")}`];
      for (const path of paths) {
        if (!await exists(`${ROOT}${path}`)) yield [line, `there is no ${path}`];
      }
    }
  });
  assertEquals(found, []);
});

Deno.test("every link on the pages leads to a file and a heading", async () => {
  const found = await faults(async function* (page, from) {
    for (const { text, line } of linksOf(page)) {
      if (/^https?:/.test(text)) continue;
      const url = new URL(text, `file:///${from}`);
      const path = decodeURIComponent(url.pathname.slice(1));
      if (!await exists(`${ROOT}${path}`)) {
        yield [line, `there is no ${path}`];
      } else if (url.hash !== "") {
        const target = PAGES[path] ?? await Deno.readTextFile(`${ROOT}${path}`);
        const anchor = decodeURIComponent(url.hash.slice(1));
        if (!anchorsOf(target).includes(anchor)) yield [line, `${path} has no heading #${anchor}`];
      }
    }
  });
  assertEquals(found, []);
});

Deno.test("every file of the project that the pages name is there", async () => {
  const found = await faults(async function* (page) {
    for (const { text, line } of inlineCode(page)) {
      if (!/^(lib|tasks|tests|kernels|data|docs|bench|examples|links)\/[\w./-]*$/.test(text)) {
        continue;
      }
      if (PLACEHOLDER.test(text.replace("README.md", ""))) continue;
      if (!await exists(`${ROOT}${text}`)) yield [line, `there is no ${text}`];
    }
  });
  assertEquals(found, []);
});

Deno.test("every symbol that the pages place in a file is there", async () => {
  const place = /`(\w+)(?:\(\))?`\s+(?:in\s+|of\s+|\()`((?:lib|tasks|tests|bench)\/[\w./-]+\.ts)`/g;
  let count = 0;
  const found = await faults(async function* (page) {
    for (const { index, 1: symbol, 2: path } of page.matchAll(place)) {
      count++;
      const text = await Deno.readTextFile(`${ROOT}${path}`);
      const line = page.slice(0, index).split("\n").length;
      if (!new RegExp(`\\b${symbol}\\b`).test(text)) yield [line, `${path} has no ${symbol}`];
    }
  });
  assertEquals(found, []);
  assertLessOrEqual(5, count);
});

Deno.test("CONTRIBUTING lists every folder of the project, and of tasks/", async () => {
  const [, layout] = /^## Layout\n\n```\n([^]*?)\n```$/m.exec(PAGES["CONTRIBUTING.md"]!)!;
  const [, tasks] = /^tasks\/.*\n((?: +.*\n)+)/m.exec(layout!)!;
  const namesAt = (text: string, indent: string) =>
    [...text.matchAll(new RegExp(`^${indent}(\\w+)/ `, "gm"))].map(([, name]) => name!).sort();
  const made = (await Deno.readTextFile(`${ROOT}.gitignore`)).split("\n");
  assertEquals(
    namesAt(layout!, ""),
    (await foldersIn("")).filter((name) =>
      !name.startsWith(".") && !made.some((each) => each.replaceAll("/", "") === name)
    ),
  );
  assertEquals(namesAt(tasks!, "  "), await foldersIn("tasks"));
});

Deno.test("every configuration key that the pages name is there", async () => {
  const sections = new Set(configKeys().flatMap(({ path }) => path.split(".")[0]!));
  const found = await faults(async function* (page) {
    for (const { text, line } of inlineCode(page)) {
      const name = /^([a-z]\w*(\.[a-zA-Z]\w*)+)(: .*)?$/.exec(text)?.[1];
      if (name === undefined || !sections.has(name.split(".")[0]!) || isFile(name)) continue;
      if (!isKey(name)) yield [line, `there is no key ${name}`];
    }
  });
  assertEquals(found, []);
});

/** Whether a name of two words is that of a file, such as `data.ts`. */
function isFile(name: string): boolean {
  return /\.(ts|md|json|jsonl|yaml|safetensors)$/.test(name);
}

Deno.test("the page of data tells of every source, tokenizer and packing", () => {
  const keys = ["data.source.kind", "data.tokenizer", "data.packing", "data.detokenizer"];
  const words = configKeys().filter(({ path }) => keys.includes(path))
    .flatMap(({ field }) => [...field.expected.matchAll(/"([^"]+)"/g)].map(([, word]) => word!));
  assertLessOrEqual(10, words.length);
  const code = inlineCode(PAGES["docs/data.md"]!).map(({ text }) => text.replace(/^.*: /, ""));
  assertEquals(words.filter((word) => !code.includes(word)), []);
});

Deno.test("every YAML on the pages is a configuration, as a change of the demo's", async () => {
  const demo = await parseYaml(await Deno.readTextFile(`${ROOT}data/demo.yaml`), "demo.yaml");
  await faults(async function* (page, path) {
    for (const { info, text } of splitPage(page).blocks) {
      if (info !== "yaml") continue;
      parseConfig(merge(demo, await parseYaml(text, path)), { file: path });
      yield* [];
    }
  });
});

/** A mapping with the keys of another put in; one with another kind is replaced as a whole. */
function merge(into: unknown, from: unknown): unknown {
  if (!isMapping(into) || !isMapping(from) || "kind" in from) return from;
  const merged = Object.entries(from).map(([key, value]) => [key, merge(into[key], value)]);
  return { ...into, ...Object.fromEntries(merged) };
}

Deno.test("every message that troubleshooting is about is in the code", async () => {
  const sources = await sourceText();
  const headings = splitPage(PAGES["docs/troubleshooting.md"]!).prose
    .filter(({ text }) => text.startsWith("### "));
  const pieces = headings.flatMap(({ text }) => [...text.matchAll(/`([^`]+)`/g)])
    .flatMap(([, message]) => message!.split("…"))
    .map((piece) => piece.trim()).filter((piece) => piece !== "");
  assertLessOrEqual(10, pieces.length);
  assertEquals(pieces.filter((piece) => !sources.includes(piece)), []);
});

/**
 * The text of lib/, tasks/ and the launcher, with texts that are put together from pieces whole.
 */
async function sourceText(): Promise<string> {
  const texts = [await Deno.readTextFile(`${ROOT}flm`)];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await walk(`${folder}/${name}`);
      else if (name.endsWith(".ts")) texts.push(await Deno.readTextFile(`${folder}/${name}`));
    }
  };
  await walk(`${ROOT}lib`);
  await walk(`${ROOT}tasks`);
  return texts.join("\n").replaceAll(/["`] \+\s+["`]|["] \\\n\s+["]/g, "");
}

Deno.test("the parts of docs that are made from the code are fresh", async () => {
  const { code, stderr } = await deno(["task", "--quiet", "docs", "--check", "--quiet"]);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("the changelog tells of the version of deno.json", () => {
  const [, newest] = /^(?:## \[|Will be )(\d+\.\d+\.\d+)\b/m.exec(PAGES["CHANGELOG.md"]!)!;
  assertEquals(newest, version);
});

Deno.test("the README is one page", () => {
  assertLessOrEqual(PAGES["README.md"]!.split("\n").length, 200);
});
