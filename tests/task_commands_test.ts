/**
 * The commands of deno.json, run with stand-ins for the programs: what arrives there, and what
 * they may do, wherever the project and the person's folders lie.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { withFolder } from "./testing/folder.ts";
import { deno, ROOT } from "./testing/program.ts";

const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
  tasks: Record<string, { command: string }>;
};

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
  await Deno.mkdir(`${folder}/tasks`, { recursive: true });
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ tasks }));
  for (const { command } of Object.values(tasks)) {
    const program = /tasks\/(?!hub_cache)\w+\.ts/.exec(command)?.[0];
    if (program !== undefined) await Deno.writeTextFile(`${folder}/${program}`, PROBE);
  }
  // The one program that is the real one.
  await Deno.copyFile(`${ROOT}tasks/hub_cache.ts`, `${folder}/tasks/hub_cache.ts`);
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

Deno.test("the tasks of recipes find their files when the project's path has odd characters", () =>
  withFolder(async (folder) => {
    const project = `${await Deno.realPath(folder)}/it's a "place", ü $HOME`;
    await makeProject(project);
    for (const [name, { command }] of Object.entries(tasks)) {
      const files = [...command.matchAll(/--([a-z-]+)="\$PWD\/([^"]+)"/g)];
      if (files.length === 0) {
        assertEquals(command.includes("$PWD"), false, `${name}: $PWD without quotes`);
        continue;
      }
      const { args } = await probe(project, name, { args: ["--name", "it's mine"] });
      assertEquals(
        args.filter((arg) => arg.includes(project)),
        files.map(([, flag, file]) => `--${flag}=${project}/${file}`),
        name,
      );
      assertEquals(args.slice(-2), ["--name", "it's mine"]);
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

Deno.test("no variable of a task's command stands outside quotes", () => {
  for (const [name, { command }] of Object.entries(tasks)) {
    const bare = command.replaceAll(/"[^"]*"|'[^']*'/g, "");
    assertEquals(bare.includes("$"), false, `${name}: ${command}`);
  }
});

Deno.test("every task may read how it was called, from where, and what it lives by", () => {
  for (const [name, { command }] of Object.entries(tasks)) {
    if (!/ tasks\/\w+\.ts/.test(command) || name === "kernels" || name === "check") continue;
    assertEquals(command.includes("--allow-env=INIT_CWD,FLM_COMMAND,FLM_LIFETIME"), true, name);
  }
});
