/**
 * The commands of deno.json, run with stand-ins for the programs: what arrives there, and what
 * they may do, wherever the project and the person's folders lie.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readFlags } from "../lib/cli/flags.ts";
import { exists } from "../lib/system/exists.ts";
import { withFolder } from "./testing/folder.ts";
import { deno, ROOT } from "./testing/program.ts";

const { tasks, permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
  tasks: Record<string, { command: string }>;
  permissions: Record<string, Record<string, string[] | true>>;
};

/**
 * The program of a task, and how it is allowed what; null for the tasks that are no such program.
 */
function programOf({ command }: { command: string }): { set: string; program: string } | null {
  const [, set, program] = /^deno run --quiet -P=(\S+) .*?(\w+\/\w+\.ts)( .*)?$/.exec(command) ??
    [];
  return set === undefined ? null : { set, program: program! };
}

/** Prints what a program got: its arguments, and where of the paths in INIT_CWD it may write. */
const PROBE = `
const paths = Deno.env.get("INIT_CWD").split("|").filter((path) => path !== "");
const writable = paths.filter((path) =>
  Deno.permissions.querySync({ name: "write", path }).state === "granted"
);
console.log(JSON.stringify({ args: Deno.args, writable }));
`;

/** A project with the commands of deno.json, whose programs print what they got. */
async function makeProject(folder: string): Promise<void> {
  for (const name of ["tasks", "bench"]) await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ tasks, permissions }));
  for (const task of Object.values(tasks)) {
    const found = programOf(task);
    if (found !== null) await Deno.writeTextFile(`${folder}/${found.program}`, PROBE);
  }
  // The programs that are the real ones.
  for (const name of ["hub_cache.ts", "caller_folder.ts"]) {
    await Deno.copyFile(`${ROOT}tasks/${name}`, `${folder}/tasks/${name}`);
  }
  await Deno.symlink(`${ROOT}lib`, `${folder}/lib`);
}

interface Probed {
  args: string[];
  writable: string[];
}

/** What the program of a task gets, if it is called by a person with these variables. */
async function probe(
  project: string,
  task: string,
  { args = [], paths = [], env = {} }: {
    args?: string[];
    paths?: string[];
    env?: Record<string, string>;
  } = {},
): Promise<Probed> {
  const { PATH = "", HOME = "" } = Deno.env.toObject();
  const command = ["task", "--quiet", "--config", `${project}/deno.json`, task, ...args];
  const variables = { DENO_DIR: Deno.env.get("DENO_DIR") ?? `${HOME}/.cache/deno`, ...env };
  const { code, stdout, stderr } = await deno(command, {
    cwd: "/",
    clearEnv: true,
    env: { PATH, INIT_CWD: paths.join("|"), ...variables },
  });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test("tasks get their arguments as they are, when the project's path has odd characters", () =>
  withFolder(async (folder) => {
    const project = `${await Deno.realPath(folder)}/it's a "place", ü $HOME`;
    await makeProject(project);
    const given = ["--name", "it's mine", "*", "", '$HOME "x"'];
    for (const [name, task] of Object.entries(tasks)) {
      const { command } = task;
      if (programOf(task) === null && !command.startsWith("deno task ")) continue;
      const { args } = await probe(project, name, { args: given });
      assertEquals(args.slice(-given.length), given, name);
      const [, recipe] = /:(lm1b|owt)$/.exec(name) ?? [];
      if (recipe === undefined) {
        assertEquals(args, given, name);
        continue;
      }
      // What it works on is a recipe of that name, or of the older way, or a run of one.
      const subject = args[0]!.replace(/-distill$/, "");
      assertEquals([recipe, `${recipe}-semigroup`].includes(subject), true, `${name}: ${args[0]}`);
      assertEquals(await exists(`${ROOT}data/${subject}.yaml`), true, name);
    }
  }));

Deno.test("gen-ppl may write to the cache of models, and neither beside it nor elsewhere", () =>
  withFolder(async (folder) => {
    const project = `${folder}/flm`;
    await makeProject(project);
    const cases: [env: Record<string, string>, allowed: string | null][] = [
      [{ HOME: "/me" }, "/me/.cache/flm/hub"],
      [{ HOME: "/my own", XDG_CACHE_HOME: "" }, "/my own/.cache/flm/hub"],
      [{ HOME: "/me", XDG_CACHE_HOME: '/it\'s "kept" ü' }, '/it\'s "kept" ü/flm/hub'],
      [{ HOME: "/me", XDG_CACHE_HOME: "relative" }, "/me/.cache/flm/hub"],
      [{ HOME: "/me", XDG_CACHE_HOME: "/a,/b" }, null],
      [{}, null],
    ];
    for (const name of Object.keys(tasks).filter((name) => name.startsWith("gen-ppl"))) {
      for (const [env, allowed] of name === "gen-ppl" ? cases : cases.slice(0, 1)) {
        const folders = cases.flatMap(([, folder]) => folder === null ? [] : [folder]);
        const paths = [...folders, "/me/.cache/flm/deno/deno", "/flm/hub", "/b/flm/hub", "/a", "/"];
        const { writable } = await probe(project, name, { paths, env });
        assertEquals([...new Set(writable)], allowed === null ? [] : [allowed]);
      }
    }
  }));

Deno.test("sample may write to the folder that it is called from, and not elsewhere", () =>
  withFolder(async (folder) => {
    const project = `${folder}/flm`;
    await makeProject(project);
    for (const path of ["/me/my texts", '/it\'s "kept" ü']) {
      assertEquals((await probe(project, "sample", { paths: [path] })).writable, [path]);
    }
    // Two folders in one: neither is the caller's.
    assertEquals((await probe(project, "sample", { paths: ["/a", "/b"] })).writable, []);
    assertEquals((await probe(project, "sample", { paths: ["/a,/b"] })).writable, []);
    assertEquals((await probe(project, "sample")).writable, []);
  }));

Deno.test("no variable of a task's command stands outside quotes", () => {
  for (const [name, { command }] of Object.entries(tasks)) {
    const bare = command.replaceAll(/"[^"]*"|'[^']*'/g, "");
    assertEquals(bare.includes("$"), false, `${name}: ${command}`);
  }
});

Deno.test("every task may read how it was called, from where, and what it lives by", () => {
  const programs = Object.values(tasks).flatMap((task) => programOf(task) ?? []);
  for (const { set, program } of programs) {
    const env = permissions[set]!.env as string[];
    assertEquals(env.slice(0, 3), ["INIT_CWD", "FLM_COMMAND", "FLM_LIFETIME"], program);
  }
  const used = new Set(programs.map(({ set }) => set));
  assertEquals(Object.keys(permissions).filter((set) => !used.has(set)), []);
});

Deno.test("tasks may read which backend they are to take when they, or tasks they run, use a GPU", () => {
  const using = Object.entries(tasks).filter(([, task]) => {
    const found = programOf(task);
    return found !== null && (permissions[found.set]!.env as string[]).includes("FLM_BACKEND");
  });
  assertEquals(using.map(([name]) => name).filter((name) => !/:(lm1b|owt)$/.test(name)), [
    ...["demo", "train", "train-ar", "distill", "distill:second"],
    ...["evaluate", "eval-ppl", "quality", "gen-ppl", "reproduce", "sample", "doctor"],
    ...["parity", "bench", "bench:reduce"],
  ]);
});

Deno.test("tasks that may be given a judge by its name find the cache of models", () => {
  for (const name of ["train", "train-ar", "distill", "distill:second", "gen-ppl"]) {
    const env = permissions[programOf(tasks[name]!)!.set]!.env as string[];
    assertEquals(["HOME", "XDG_CACHE_HOME"].filter((each) => !env.includes(each)), [], name);
  }
});

Deno.test("no task may load native code of itself, but for the doctor, which fetches none", () => {
  for (const [name, { command }] of Object.entries(tasks)) {
    if (name === "doctor") assertEquals(command.includes(" --cached-only --no-lock "), true);
    else assertEquals(/allow-ffi|-A\b/.test(command), false, name);
  }
  for (const [set, grants] of Object.entries(permissions)) {
    assertEquals("ffi" in grants, false, set);
  }
});

Deno.test("tasks may do what they are there for, and no more", () => {
  const hub = ["huggingface.co", "*.huggingface.co", "hf.co", "*.hf.co"];
  const corpora = [...hub, "www.statmt.org"];
  const expected: Record<string, Record<string, string[] | true>> = {
    demo: { write: ["runs", "shards"], sys: ["hostname"] },
    preprocess: { write: ["shards"], net: corpora, sys: ["hostname"] },
    "preprocess:web": { write: ["shards"], net: true, sys: ["hostname"] },
    inspect: {},
    train: { write: ["runs"], sys: ["hostname"] },
    "train-ar": { write: ["runs"], sys: ["hostname"] },
    // A model that they learn from or measure may be on any server.
    distill: { write: ["runs"], net: true, sys: ["hostname"] },
    "distill:second": { write: ["runs"], net: true, sys: ["hostname"] },
    evaluate: { write: ["runs"], net: true },
    "eval-ppl": { write: ["runs"], net: true },
    // What it may write besides depends on the person's folders.
    "gen-ppl": { net: true, sys: ["hostname"] },
    import: { write: ["runs"], net: true },
    // What it may write besides depends on where the person is.
    export: { net: true },
    report: { write: ["runs"] },
    reproduce: { write: ["runs", "shards"], net: corpora, run: ["deno"] },
    sample: { net: true },
    "gpu-kit": { write: ["dist"], run: ["deno", "git", "xz"], sys: ["hostname"] },
  };
  for (const [name, grants] of Object.entries(expected)) {
    const { env: _, ...found } = permissions[programOf(tasks[name]!)!.set]!;
    assertEquals(found, { read: true, ...grants }, name);
  }
});

Deno.test("what is given to a short form of gen-ppl takes the place of its own settings", async () => {
  const { COMMAND } = await import("../tasks/gen_ppl.ts");
  const short = Object.entries(tasks).filter(([name]) => name.startsWith("gen-ppl-fmlm:"));
  assertEquals(short.length, 2);
  for (const [name, { command }] of short) {
    // There need not be its run.
    const own = command.split(" ").slice(5);
    const args = [`${ROOT}data/showcase`, ...own, "--num-samples", "16", "--judge", "gpt2"];
    const line = readFlags({ ...COMMAND, name }, args);
    assertEquals([line?.flags.numSamples, line?.flags.judge], [16, "gpt2"], name);
  }
});
