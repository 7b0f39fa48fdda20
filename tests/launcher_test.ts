/**
 * The launcher `flm` and `.ci/run`, run by `/bin/sh` in a sandbox: a copy of the launcher in a
 * project of its own, a PATH that holds only plain utilities and stand-ins for `deno`, `npm`,
 * `curl`, `apt-get` and the like, and an empty system folder. Nothing reaches the network, the
 * package manager or the machine's drivers.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { dawnCommand, type DenoJson } from "../tasks/reproduce/dawn_command.ts";
import { ROOT } from "./testing/program.ts";

/** What a command left: its exit status and its output. */
interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a line of shell, given `$0` and the positional arguments, in an environment of its own. */
async function shell(
  line: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Outcome> {
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", line, ...args],
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A `deno` that reports a version, or else what it was asked to do and where. */
function fakeDeno(version: string): string {
  return `if [ "$1" = -V ]; then echo "deno ${version}"; exit; fi
echo "version ${version}"
echo "cwd $PWD"
echo "init $INIT_CWD"
echo "command $FLM_COMMAND"
echo "lifetime $FLM_LIFETIME"
echo "runtime \${XDG_RUNTIME_DIR:-}"
for argument; do echo "<$argument>"; done`;
}

/** The program that npm's package holds, as the launcher expects it unless a test says otherwise. */
const PINNED = `#!/bin/sh\n${fakeDeno("2.9.6")}\n`;

/** The body of an `npm` that installs a program where npm's package would put it. */
function fakeNpm(program: string): string {
  return `echo "npm $*" >>"$LOG"
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/@deno/linux-x64-glibc"
cat >"$2/node_modules/@deno/linux-x64-glibc/deno" <<'DENO'
${program}DENO`;
}

/** A `curl` that serves npm's archive of a program. */
async function serveDeno(sandbox: Sandbox, program: string): Promise<void> {
  const folder = `${sandbox.folder}/archive/package`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/deno`, program);
  await sandbox.tool(
    "curl",
    `echo "curl $*" >>"$LOG"\nwhile [ "$1" != -o ]; do shift; done\n` +
      `tar -czf "$2" -C "${sandbox.folder}/archive" package`,
  );
}

/** The one-line errors and notices of the launcher in some output. */
function notices(outcome: Outcome): string[] {
  return outcome.stderr.split("\n").filter((line) => line.startsWith("flm: "));
}

/** A machine of its own for one test. */
class Sandbox implements AsyncDisposable {
  /** The folder that holds everything. */
  readonly folder: string;
  /** The PATH's only folder. */
  readonly bin: string;
  /** The launcher's project, whose path has a space in it. */
  readonly project: string;
  /** The folder that commands are run from. */
  readonly elsewhere: string;
  /** Where stand-ins write down how they were called. */
  readonly log: string;
  /** The environment of the launcher. */
  readonly env: Record<string, string>;

  private constructor(folder: string) {
    this.folder = folder;
    this.bin = `${folder}/bin`;
    this.project = `${folder}/the project`;
    this.elsewhere = `${folder}/else where`;
    this.log = `${folder}/log`;
    this.env = {
      PATH: this.bin,
      HOME: `${folder}/home`,
      FLM_SYSROOT: `${folder}/system`,
      LOG: this.log,
    };
  }

  /** Makes a machine with a working Vulkan driver, and with neither Deno nor installers. */
  static async create(): Promise<Sandbox> {
    const sandbox = new Sandbox(await Deno.realPath(await Deno.makeTempDir()));
    for (const name of ["bin", "the project/.ci", "else where", "home"]) {
      await Deno.mkdir(`${sandbox.folder}/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(sandbox.log, "");
    const tools =
      "awk bash cat chmod dirname env find gzip mkdir mktemp mv readlink rm sed sh sha256sum tar touch tr";
    const linked = await shell(
      'for tool in $1; do ln -s "$(command -v "$tool")" "$2/$tool" || exit; done',
      ["sh", tools, sandbox.bin],
      sandbox.folder,
      { PATH: "/usr/local/bin:/usr/bin:/bin" },
    );
    assertEquals(linked, { code: 0, stdout: "", stderr: "" });
    await Deno.copyFile(`${ROOT}deno.json`, `${sandbox.project}/deno.json`);
    await Deno.copyFile(`${ROOT}flm`, `${sandbox.project}/flm`);
    await sandbox.expect(PINNED);
    await Deno.copyFile(`${ROOT}.ci/run`, `${sandbox.project}/.ci/run`);
    await sandbox.tool("uname", 'echo "Linux x86_64"');
    await sandbox.tool("id", "echo 1000");
    await sandbox.driver();
    await sandbox.systemFile("usr/lib/x86_64-linux-gnu/libvulkan.so.1", "");
    return sandbox;
  }

  /** Puts a stand-in on the PATH. */
  async tool(name: string, body: string): Promise<void> {
    await Deno.writeTextFile(`${this.bin}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  /** Puts a file into the system folder. */
  async systemFile(path: string, text: string): Promise<void> {
    const full = `${this.folder}/system/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(full, text);
  }

  /** Puts an empty file into the project. */
  async projectFile(path: string): Promise<void> {
    const full = `${this.project}/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(full, "");
  }

  /** Installs a driver's description, and its library too unless told otherwise. */
  async driver(options: { library?: boolean } = {}): Promise<void> {
    const library = "/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so";
    await this.systemFile(
      "usr/share/vulkan/icd.d/lvp_icd.json",
      `{\n  "ICD": {\n    "api_version": "1.1.230",\n    "library_path": "${library}"\n  }\n}`,
    );
    if (options.library ?? true) await this.systemFile(library.slice(1), "");
  }

  /** Takes the driver and the loader away, or only what is named. */
  async removeVulkan(what: "everything" | "loader" | "driver" = "everything"): Promise<void> {
    const system = `${this.folder}/system/usr`;
    if (what !== "loader") await Deno.remove(`${system}/share`, { recursive: true });
    if (what !== "driver") await Deno.remove(`${system}/lib/x86_64-linux-gnu/libvulkan.so.1`);
  }

  /** Has the launcher expect a program in place of Deno's for Linux on x86_64. */
  async expect(program: string): Promise<void> {
    const path = `${this.project}/flm`;
    const found = await Deno.readTextFile(path);
    const list = /(package=linux-x64-glibc\n +sha256=)\w+/;
    assertMatch(found, list);
    const sha256 = createHash("sha256").update(program).digest("hex");
    await Deno.writeTextFile(path, found.replace(list, `$1${sha256}`));
  }

  /** Puts a Deno where an earlier run of the launcher would have left it. */
  async cache(version: string): Promise<void> {
    const folder = this.cachedDeno.slice(0, this.cachedDeno.lastIndexOf("/"));
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(this.cachedDeno, `#!/bin/sh\n${fakeDeno(version)}\n`, { mode: 0o755 });
  }

  /** Where the launcher keeps the Deno that it installed. */
  get cachedDeno(): string {
    return `${this.folder}/home/.cache/flm/deno/Linux-x86_64/deno`;
  }

  /** The launcher's cache folder's entries that an unfinished installation left. */
  stages(): string[] {
    return [...Deno.readDirSync(`${this.folder}/home/.cache/flm`)]
      .map((entry) => entry.name).filter((name) => name.startsWith("stage."));
  }

  /** What the stand-ins wrote down, in order. */
  calls(): string[] {
    return Deno.readTextFileSync(this.log).split("\n").filter((line) => line !== "");
  }

  /** Runs the launcher from a folder outside the project. */
  async flm(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
    return await this.sh('exec "$0" "$@"', [`${this.project}/flm`, ...args], env);
  }

  /** Runs a line of shell; its `$0` is the first argument. */
  async sh(line: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
    return await shell(line, args, this.elsewhere, { ...this.env, ...env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

// ------------------------------------------------------------------------------------- the task

Deno.test("flm hands its arguments to deno task untouched when called from another folder", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const outcome = await sandbox.flm([
    "train",
    "--config",
    "my recipe.yaml",
    "",
    "*",
    "$HOME",
    "a'b",
  ]);
  const project = sandbox.project;
  assertEquals(outcome, {
    code: 0,
    stdout: [
      "version 2.9.0",
      `cwd ${sandbox.elsewhere}`,
      `init ${sandbox.elsewhere}`,
      `command ${project}/flm`,
      "lifetime ",
      `runtime ${sandbox.env["HOME"]}/.cache/flm/runtime`,
      ...["task", "--config", `${project}/deno.json`, "train", "--config", "my recipe.yaml"]
        .map((argument) => `<${argument}>`),
      "<>",
      "<*>",
      "<$HOME>",
      "<a'b>",
      "",
    ].join("\n"),
    stderr: "",
  });
});

Deno.test("flm names the caller's folder when INIT_CWD is there from an outer task", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const outcome = await sandbox.flm(["demo"], { INIT_CWD: "/outer" });
  assertStringIncludes(outcome.stdout, `init ${sandbox.elsewhere}\n`);
});

Deno.test("flm tells tasks that they outlive their terminal when nohup says so", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const line = `trap "" HUP; exec "$0" demo`;
  const { stdout } = await sandbox.sh(line, [`${sandbox.project}/flm`]);
  assertStringIncludes(stdout, "lifetime nohup\n");
});

Deno.test("flm finds its project when called through symbolic links", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const outcome = await sandbox.sh(
    'PATH=/usr/bin:/bin; ln -s "../the project/flm" first && ln -s "$1/first" second && ' +
      "PATH=$2; exec ./second demo",
    ["sh", sandbox.elsewhere, sandbox.bin],
  );
  assertStringIncludes(outcome.stdout, `<${sandbox.project}/deno.json>\n<demo>\n`);
});

Deno.test("flm passes the task's exit status on when the task fails", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", '[ "$1" = -V ] && { echo "deno 3.0.1"; exit; }; exit 7');
  assertEquals(await sandbox.flm(["demo"]), { code: 7, stdout: "", stderr: "" });
});

Deno.test("flm raises a limit of open files that is too low for Deno, or says so", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", `${fakeDeno("2.9.6")}\nulimit -n`);
  const run = (line: string) =>
    sandbox.sh(`${line}; exec "$0" "$@"`, [`${sandbox.project}/flm`, "demo"]);
  const raised = await run("ulimit -S -n 20");
  assertEquals([raised.code, raised.stdout.trim().split("\n").at(-1)], [0, "64"]);
  assertEquals(await run("ulimit -n 20"), {
    code: 1,
    stdout: "",
    stderr: "flm: only 20 files may be open at a time (ulimit -n), and Deno needs 64: raise the " +
      "limit\n",
  });
});

Deno.test("flm says so when Deno does not start for want of address space", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", `[ "$1" != eval ] || exit 133\n${fakeDeno("2.9.6")}`);
  assertEquals((await sandbox.flm(["demo"])).code, 0);
  const { code, stderr } = await sandbox.sh(
    'ulimit -v 4000000; exec "$0" "$@"',
    [`${sandbox.project}/flm`, "demo"],
  );
  assertEquals(code, 1);
  assertEquals(
    stderr,
    "flm: Deno does not start with 4000000 KiB of address space (ulimit -v): it reserves far more " +
      "than it uses, so lift the limit\n",
  );
});

Deno.test("flm lists the tasks in groups when called without arguments", async () => {
  await using sandbox = await Sandbox.create();
  await Deno.writeTextFile(
    `${sandbox.project}/deno.json`,
    `{
  "imports": {
    "@std/assert": "jsr:@std/assert@^1.0.0"
  },
  "tasks": {
    "golden": "deno run tasks/golden.ts",
    "train:lm1b": {
      "description": "Trains it",
      "command": "deno run tasks/train.ts lm1b"
    },
    "train:owt": {
      "description": "Trains it",
      "command": "deno run tasks/train.ts owt"
    },
    "train": {
      "description": "Trains",
      "command": "deno run tasks/train.ts"
    },
    "demo": {
      "description": "Trains: quickly",
      "command": "deno run tasks/demo.ts"
    }
  },
  "exclude": [
    "runs/"
  ]
}
`,
  );
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    const { code, stdout, stderr } = await sandbox.flm(args);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "./flm demo ");
    assertStringIncludes(stdout, "./flm test ");
    assertEquals(
      stdout.slice(stdout.indexOf("\nTry it:")),
      `
Try it:
  demo                       Trains: quickly

Train:
  train                      Trains

Develop:
  golden

Short forms for the recipes of the paper:
  train:lm1b|owt             Trains it
`,
    );
  }
  for (const path of ["data/b.yaml", "data/a.yaml", "data/a.txt"]) await sandbox.projectFile(path);
  for (const path of ["runs/one/x", "runs/two/x"]) await sandbox.projectFile(path);
  const { stdout } = await sandbox.flm([]);
  assert(stdout.endsWith(
    "\n\nRecipes, such as for train:\n  a b\n\nRuns, such as for sample:\n  one two\n",
  ));
  assertEquals(sandbox.calls(), []);
});

Deno.test("flm lists each of the tasks that there are", async () => {
  await using sandbox = await Sandbox.create();
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const lines = (await sandbox.flm([])).stdout.split("\n").filter((line) => /^ {2}\S/.test(line));
  const listed = lines.flatMap((line) => {
    const [, prefix, recipes] = /^ {2}(\S+:)?(\S+)/.exec(line)!;
    return (recipes ?? "").split("|").map((recipe) => `${prefix ?? ""}${recipe}`);
  });
  assertEquals(Object.keys(tasks).filter((name) => !listed.includes(name)), []);
  // What is no short form stands in a group, which has no name that is not there.
  const source = await Deno.readTextFile(`${ROOT}flm`);
  const grouped = /^groups='([^']*)'$/m.exec(source)![1]!.split("\n")
    .flatMap((line) => line.replace(/^.*: /, "").split(" "));
  const plain = Object.keys(tasks).filter((name) => !/:(lm1b|owt)$/.test(name));
  assertEquals(grouped.sort(), plain.sort());
});

Deno.test("flm help TASK asks the task", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  assertMatch((await sandbox.flm(["help", "train"])).stdout, /<train>\n<--help>\n$/);
  assertMatch((await sandbox.flm(["help", "train", "all"])).stdout, /<train>\n<--help>\n<all>\n$/);
});

Deno.test("flm has Deno say nothing of a task that is to be quiet", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const call = async (...args: string[]) =>
    (await sandbox.flm(args)).stdout.match(/^<.*>$/gm)!.filter((arg) => !arg.includes("/"));
  const quiet = ["<task>", "<--quiet>", "<--config>", "<train>", "<demo>", "<--quiet>"];
  assertEquals(await call("train", "demo", "--quiet"), quiet);
  assertEquals(await call("train", "demo"), ["<task>", "<--config>", "<train>", "<demo>"]);
  assertEquals(
    await call("train", "--", "--quiet"),
    ["<task>", "<--config>", "<train>", "<-->", "<--quiet>"],
  );
});

Deno.test("flm explains tasks that are commands of Deno itself, and does not run them", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const name of ["test", "check", "bundle"]) {
    const { command, description } = tasks[name];
    for (const args of [["help", name], [name, "--help"], [name, "-h"]]) {
      assertEquals(await sandbox.flm(args), {
        code: 0,
        stdout: `Usage: ./flm ${name} [ARGUMENTS]\n\n${description}.\n\n` +
          `It runs this, and gives the last command the arguments:\n  ${command}\n`,
        stderr: "",
      });
    }
  }
  // With other arguments they run.
  assertMatch((await sandbox.flm(["test", "--filter"])).stdout, /<test>\n<--filter>\n$/);
});

Deno.test("flm names the nearest task when there is none of that name", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const hints = {
    trian: "did you mean train?",
    "distil:lm1b": "did you mean distill:lm1b?",
    "gen-pl": "did you mean gen-ppl?",
    prepro: "did you mean preprocess?",
    gen: "did you mean gen-ppl?",
    xyzzy: "./flm lists them",
  };
  for (const [name, hint] of Object.entries(hints)) {
    assertEquals(await sandbox.flm([name, "--config", "x"]), {
      code: 1,
      stdout: "",
      stderr: `flm: there is no task ${name}; ${hint}\n`,
    });
  }
  for (const name of ["train", "--quiet", "gen-*"]) {
    assertStringIncludes((await sandbox.flm([name])).stdout, `<${name}>\n`);
  }
});

/** How `deno` was called, as a stand-in for it tells. */
function callOf({ stdout }: Outcome): { cwd: string; init: string; args: string[] } {
  const line = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(stdout)![1]!;
  const args = [...stdout.matchAll(/^<(.*)>$/gm)].map(([, argument]) => argument!);
  return { cwd: line("cwd"), init: line("init"), args };
}

Deno.test("flm lets tasks that use a GPU load native code when the backend is dawn", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const deno = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as DenoJson;
  const config = ["task", "--config", `${sandbox.project}/deno.json`];
  for (const task of Object.keys(deno.tasks)) {
    const command = dawnCommand(task, deno);
    const expected = command === null ? [task] : ["--eval", command];
    // Short forms of other tasks.
    if (deno.tasks[task]!.command.startsWith("deno task ")) continue;
    const { args, cwd, init } = callOf(await sandbox.flm([task, "a b"], { FLM_BACKEND: "dawn" }));
    assertEquals(args, [...config, ...expected, "a b"]);
    assertEquals(cwd, command === null ? sandbox.elsewhere : sandbox.project);
    assertEquals(init, sandbox.elsewhere);
  }
  const short = callOf(await sandbox.flm(["gen-ppl:owt", "--backend", "dawn"])).args;
  const long = dawnCommand("gen-ppl", deno)!;
  assertEquals(short[4]!.startsWith(`${long} owt --steps 8,64,1024 --judge gpt2-large`), true);
  assertEquals(short.slice(5), ["--backend", "dawn"]);
});

Deno.test("flm lets no task load native code unless the backend is dawn", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const env = { FLM_BACKEND: "dawn" };
  const usual: [args: string[], env: Record<string, string>][] = [
    [["train", "demo"], {}],
    [["train", "demo"], { FLM_BACKEND: "builtin" }],
    [["train", "demo", "--backend", "builtin"], env],
    [["train", "demo", "--backend", "dawn", "--backend=builtin"], env],
    [["train", "--", "--backend", "dawn"], {}],
    [["train", "--backends", "dawn"], {}],
    [["inspect", "demo", "--backend", "dawn"], env],
  ];
  for (const [args, env] of usual) {
    const { args: found } = callOf(await sandbox.flm(args, env));
    assertEquals(found.slice(3), args);
  }
  for (const flag of [["--backend", "dawn"], ["--backend=dawn"]]) {
    const { args } = callOf(await sandbox.flm(["train", "demo", ...flag], { FLM_BACKEND: "x" }));
    assertMatch(args[4]!, /^deno run --allow-ffi .*-P=train /);
  }
});

Deno.test("flm lets tasks that ranks share alone load native code when MPI started them", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const commandOf = async (task: string, env: Record<string, string>) =>
    callOf(await sandbox.flm([task, "demo"], env)).args.slice(3);
  const ranks = [
    { OMPI_COMM_WORLD_SIZE: "2", PMIX_RANK: "1" },
    { PMI_SIZE: "4" },
    { PMIX_RANK: "0", SLURM_STEP_NUM_TASKS: "8" },
  ];
  for (const env of ranks) {
    for (const task of ["train", "train-ar", "distill", "distill:second"]) {
      const [flag, command, recipe] = await commandOf(task, env);
      assertEquals([flag, recipe], ["--eval", "demo"]);
      assertMatch(command!, /^deno run --allow-ffi --quiet -P=(train|distill) tasks\/\w+\.ts$/);
    }
    for (const task of ["sample", "evaluate", "eval-ppl", "gen-ppl", "quality", "preprocess"]) {
      const [flag, command] = await commandOf(task, env);
      assertEquals(flag, "--eval");
      assertMatch(command!, /^deno run --allow-ffi --quiet -P=[a-z-]+ .*tasks\/\w+\.ts$/);
    }
    assertEquals(await commandOf("demo", env), ["demo", "demo"]);
  }
  const alone = [{}, { PMI_SIZE: "1" }, { OMPI_COMM_WORLD_SIZE: "1", PMIX_RANK: "0" }];
  for (const env of alone) assertEquals(await commandOf("train", env), ["train", "demo"]);
  const both = await commandOf("train", { PMI_SIZE: "2", FLM_BACKEND: "dawn" });
  assertMatch(both[1]!, /^deno run --allow-ffi --no-lock /);
});

// ----------------------------------------------------------------------------------------- cards

/** A machine with device files of cards, and stand-ins for what hides some of them. */
async function sandboxWithCards(...cards: string[]): Promise<Sandbox> {
  const sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  for (const card of cards) await sandbox.systemFile(`dev/${card}`, "");
  await sandbox.tool("unshare", '[ "$1" = --mount ] || exit\nshift\nexec "$@"');
  await sandbox.tool("mount", 'echo "mount $*" >>"$LOG"');
  return sandbox;
}

/** The cards that the launcher hid, twice: it tries before it says that it can. */
function hiddenCards(sandbox: Sandbox): string[] {
  const dev = `${sandbox.folder}/system/dev/`;
  const calls = sandbox.calls();
  Deno.writeTextFileSync(sandbox.log, "");
  const half = calls.slice(calls.length / 2);
  assertEquals(calls, [...half, ...half]);
  return half.flatMap((call) => {
    const [, , how, ...paths] = call.split(" ");
    if (how === "remount,bind,nodev,nosuid,noexec") return [];
    assertEquals(how?.startsWith(dev), true, call);
    assertEquals(paths, [how!]);
    return [how!.slice(dev.length)];
  });
}

const TWELVE = Array.from({ length: 12 }, (_, i) => `nvidia${i}`);

Deno.test("flm leaves a rank the card of its number on the machine", async () => {
  await using sandbox = await sandboxWithCards(
    ...TWELVE,
    "nvidiactl",
    "dri/renderD128",
    "dri/card0",
  );
  const ranks: Record<string, string>[] = [
    { OMPI_COMM_WORLD_SIZE: "24", OMPI_COMM_WORLD_LOCAL_RANK: "10", SLURM_LOCALID: "0" },
    { PMI_SIZE: "24", MPI_LOCALRANKID: "10" },
    { PMI_SIZE: "24", PMI_LOCAL_RANK: "10" },
    { PMI_SIZE: "24", MV2_COMM_WORLD_LOCAL_RANK: "10" },
    { PMIX_RANK: "13", SLURM_LOCALID: "10" },
    { PMI_SIZE: "24", LOCAL_RANK: "10" },
    // They share cards, if there are more of them.
    { PMI_SIZE: "24", MPI_LOCALRANKID: "22" },
    // What a person says counts, for one process, too.
    { PMI_SIZE: "24", MPI_LOCALRANKID: "1", FLM_CARD: "10" },
    { FLM_CARD: "10" },
  ];
  for (const env of ranks) {
    const outcome = await sandbox.flm(["train", "demo"], env);
    assertEquals(outcome.code, 0, outcome.stderr);
    assertEquals(callOf(outcome).args.at(-1), "demo");
    assertEquals(hiddenCards(sandbox), TWELVE.filter((card) => card !== "nvidia10"));
  }
});

Deno.test("flm leaves a rank a card of Mesa's where there is none of NVIDIA's", async () => {
  await using sandbox = await sandboxWithCards("dri/renderD129", "dri/renderD128", "dri/card0");
  await sandbox.flm(["train", "demo"], { PMI_SIZE: "2", MPI_LOCALRANKID: "1" });
  assertEquals(hiddenCards(sandbox), ["dri/renderD128"]);
});

Deno.test("flm hides no card when nothing is to be hidden", async () => {
  await using sandbox = await sandboxWithCards("nvidia0", "nvidia1");
  const usual: Record<string, string>[] = [
    {},
    { SLURM_LOCALID: "1" },
    { PMI_SIZE: "2" },
    { PMI_SIZE: "1", MPI_LOCALRANKID: "0" },
    { PMI_SIZE: "2", MPI_LOCALRANKID: "1", FLM_CARD: "all" },
  ];
  for (const env of usual) {
    assertEquals((await sandbox.flm(["train", "demo"], env)).code, 0);
    assertEquals(sandbox.calls(), []);
  }
  await using single = await sandboxWithCards("nvidia0", "dri/renderD128", "dri/renderD129");
  await single.flm(["train", "demo"], { PMI_SIZE: "2", MPI_LOCALRANKID: "1" });
  assertEquals(single.calls(), []);
});

Deno.test("flm says so when a card cannot be chosen, or the others not be hidden", async () => {
  await using sandbox = await sandboxWithCards("nvidia0", "nvidia1");
  const messageOf = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await sandbox.flm(["train", "demo"], env);
    assertEquals([code, stdout], [1, ""]);
    return stderr;
  };
  const wrong = "flm: FLM_CARD: expected the number of a card, from 0, or all, found first\n";
  assertEquals(await messageOf({ FLM_CARD: "first" }), wrong);
  assertEquals(
    await messageOf({ FLM_CARD: "2" }),
    "flm: FLM_CARD=2: there is no such card; 2 can be opened here, and the first is 0\n",
  );
  await sandbox.tool("unshare", "echo unshare: not permitted >&2; exit 1");
  assertMatch(
    await messageOf({ PMI_SIZE: "2", MPI_LOCALRANKID: "1" }),
    /^flm: cannot hide 1 of the 2 cards here \(unshare: not permitted\): have each process .*\n$/,
  );
});

/** A PATH with what root needs. */
const SYSTEM = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Whether device files can be made here, and hidden. */
const canHide = (await shell(
  'unshare --mount true && cd "$(mktemp -d)" && mknod zero c 1 5 && : <>zero && rm -r "$PWD"',
  [],
  "/",
  SYSTEM,
)).code === 0;

Deno.test({
  name: "a task of flm can open no card but its own, and is the process that MPI started",
  ignore: !canHide,
  async fn() {
    await using sandbox = await Sandbox.create();
    const dev = `${sandbox.folder}/system/dev`;
    await Deno.mkdir(dev);
    const made = await shell(
      'for n in 0 1 2; do mknod "$0/nvidia$n" c 1 5 || exit; done\n' +
        'for tool in unshare mount; do ln -s "$(command -v $tool)" "$1/$tool" || exit; done',
      [dev, sandbox.bin],
      "/",
      SYSTEM,
    );
    assertEquals(made, { code: 0, stdout: "", stderr: "" });
    await sandbox.tool(
      "deno",
      `if [ "$1" = -V ]; then echo deno 2.9.6; exit; fi
for card in ${dev}/*; do (: <>$card) 2>/dev/null && echo "\${card##*/}"; done
echo "$$"`,
    );
    const { stdout, stderr } = await sandbox.sh(
      'echo "$$"; exec "$0" train demo',
      [`${sandbox.project}/flm`],
      { PMI_SIZE: "3", MPI_LOCALRANKID: "1" },
    );
    const [pid, ...lines] = stdout.trimEnd().split("\n");
    assertEquals([lines, stderr], [["nvidia1", pid], ""]);
  },
});

// ------------------------------------------------------------------------------------------ Deno

Deno.test("flm uses the Deno in its cache when the one on the PATH is too old", async () => {
  for (const version of ["2.8.9", "1.46.3", "nonsense"]) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("deno", fakeDeno(version));
    await sandbox.tool("npm", fakeNpm(PINNED));
    await sandbox.cache("2.10.0");
    const outcome = await sandbox.flm(["demo"]);
    assertMatch(outcome.stdout, /^version 2\.10\.0\n/);
    assertEquals(sandbox.calls(), []);
  }
});

Deno.test("flm puts the Deno in its cache first on the PATH, for tasks that run tasks", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.8.9"));
  await sandbox.cache("2.10.0");
  await Deno.writeTextFile(sandbox.cachedDeno, '\n[ "$1" = -V ] || echo "$PATH"\n', {
    append: true,
  });
  const { stdout } = await sandbox.flm(["demo"]);
  const folder = sandbox.cachedDeno.replace(/\/deno$/, "");
  assertEquals(stdout.trim().split("\n").at(-1), `${folder}:${sandbox.bin}`);
});

Deno.test("flm uses the Deno on the PATH when it is new enough", async () => {
  for (const version of ["2.9.0", "2.10.1", "2.9.6+abc123", "3.0.0"]) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("deno", fakeDeno(version));
    await sandbox.cache("2.11.0");
    const outcome = await sandbox.flm(["demo"]);
    assertStringIncludes(outcome.stdout, `version ${version}\n`);
  }
});

Deno.test("flm installs Deno from npm once when there is none", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const first = await sandbox.flm(["demo", "x"]);
  assertEquals(first.code, 0);
  assertMatch(first.stdout, /^version 2\.9\.6\n[^]*<demo>\n<x>\n$/);
  assertEquals(notices(first).length, 1);
  assertMatch(
    first.stderr,
    /^flm: no Deno found; installing Deno 2.9.6 with npm into .*Linux-x86_64\n$/,
  );
  const second = await sandbox.flm(["demo"]);
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(sandbox.calls().length, 1);
  assertMatch(
    sandbox.calls()[0] ?? "",
    /^npm install .*--ignore-scripts .*@deno\/linux-x64-glibc@2\.9\.6$/,
  );
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm replaces the Deno in its cache when it is too old or damaged", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  await sandbox.cache("2.8.0");
  assertStringIncludes((await sandbox.flm(["demo"])).stdout, "version 2.9.6\n");
  await Deno.writeTextFile(sandbox.cachedDeno, "");
  assertStringIncludes((await sandbox.flm(["demo"])).stdout, "version 2.9.6\n");
  assertEquals(sandbox.calls().length, 2);
});

Deno.test("flm keeps its cache under XDG_CACHE_HOME when that is an absolute path", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const cache = `${sandbox.folder}/a cache`;
  assertEquals((await sandbox.flm(["demo"], { XDG_CACHE_HOME: cache })).code, 0);
  assert((await Deno.stat(`${cache}/flm/deno/Linux-x86_64/deno`)).isFile);
  assertEquals((await sandbox.flm(["demo"], { XDG_CACHE_HOME: "relative" })).code, 0);
  assert((await Deno.stat(sandbox.cachedDeno)).isFile);
});

Deno.test("flm installs Deno with curl when there is no npm", async () => {
  await using sandbox = await Sandbox.create();
  await serveDeno(sandbox, PINNED);
  const outcome = await sandbox.flm(["demo"]);
  assertMatch(outcome.stdout, /^version 2\.9\.6\n/);
  const file = "@deno/linux-x64-glibc/-/linux-x64-glibc-2.9.6.tgz";
  assertMatch(sandbox.calls()[0] ?? "", new RegExp(`^curl .* https://registry.npmjs.org/${file} `));
  await Deno.remove(sandbox.cachedDeno);
  await sandbox.flm(["demo"], { npm_config_registry: "https://mirror.example/npm/" });
  assertMatch(sandbox.calls()[1] ?? "", new RegExp(`^curl .* https://mirror.example/npm/${file} `));
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm turns to curl when npm fails or brings something else", async () => {
  const failures = [
    'echo "npm error network request failed, reason: refused" >&2; exit 1',
    fakeNpm(`${PINNED}echo "and more"\n`),
    "exit 0",
  ];
  for (const npm of failures) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("npm", npm);
    await serveDeno(sandbox, PINNED);
    const outcome = await sandbox.flm(["demo"]);
    assertMatch(outcome.stdout, /^version 2\.9\.6\n/);
    const [, second, ...more] = notices(outcome);
    assertMatch(second ?? "", /npm: .+; installing Deno 2\.9\.6 with curl into /);
    assertEquals(more, []);
  }
});

Deno.test("flm runs nothing that is not the Deno it expects", async () => {
  const other = '#!/bin/sh\necho ran >>"$LOG"\necho "deno 2.9.6"\n';
  for (const installer of ["npm", "curl"]) {
    await using sandbox = await Sandbox.create();
    if (installer === "npm") await sandbox.tool("npm", fakeNpm(other));
    else await serveDeno(sandbox, other);
    const outcome = await sandbox.flm(["demo"]);
    assertEquals([outcome.code, outcome.stdout], [1, ""]);
    assertMatch(
      notices(outcome).at(-1) ?? "",
      /brought something else \(SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}\)/,
    );
    assertEquals(sandbox.calls().length, 1);
    assertEquals(sandbox.stages(), []);
  }
});

Deno.test("flm says so when the Deno it expects does not start", async () => {
  await using sandbox = await Sandbox.create();
  const broken = "#!/bin/sh\nexit 1\n";
  await sandbox.expect(broken);
  await sandbox.tool("npm", fakeNpm(broken));
  const outcome = await sandbox.flm(["demo"]);
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.stderr, "npm: brought a Deno that does not start here");
});

Deno.test("flm checks Deno with what there is, and installs none that it cannot check", async () => {
  const tools: [string, string][] = [
    ["shasum", '[ "$*" = "-a 256" ] && exec /usr/bin/sha256sum'],
    ["openssl", '[ "$*" = "dgst -sha256 -r" ] && /usr/bin/sha256sum | sed "s/ .*/ *stdin/"'],
  ];
  for (const [name, body] of tools) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("npm", fakeNpm(PINNED));
    await Deno.remove(`${sandbox.bin}/sha256sum`);
    const unchecked = await sandbox.flm(["demo"]);
    assertMatch(
      unchecked.stderr,
      /^flm: no Deno found, and none of sha256sum, shasum and openssl /,
    );
    assertEquals(sandbox.calls(), []);
    await sandbox.tool(name, body);
    assertMatch((await sandbox.flm(["demo"])).stdout, /^version 2\.9\.6\n/);
  }
});

Deno.test("flm has a Deno for each platform that npm has one for", async () => {
  const platforms = {
    "Linux x86_64": "linux-x64-glibc",
    "Linux aarch64": "linux-arm64-glibc",
    "Darwin x86_64": "darwin-x64",
    "Darwin arm64": "darwin-arm64",
  };
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", 'echo "$*" >>"$LOG"; exit 1');
  for (const [platform, name] of Object.entries(platforms)) {
    await sandbox.tool("uname", `echo "${platform}"`);
    await sandbox.flm(["demo"]);
    assert(sandbox.calls().at(-1)?.endsWith(` @deno/${name}@2.9.6`), sandbox.calls().at(-1));
  }
  await sandbox.tool("uname", 'echo "Linux riscv64"');
  assertMatch(
    (await sandbox.flm(["demo"])).stderr,
    /^flm: no Deno found, and npm has none for this platform \(Linux-riscv64\): see /,
  );
});

Deno.test("flm says why in one line when neither npm nor curl can fetch Deno", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool(
    "npm",
    `cat >&2 <<'END'
npm warn Unknown user config "x".
npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error network request to https://npm.example/deno failed, reason: getaddrinfo ENOTFOUND
npm error A complete log of this run can be found in: /root/.npm/_logs
END
exit 1`,
  );
  await sandbox.tool(
    "curl",
    'echo "curl: (6) Could not resolve host: registry.npmjs.org" >&2; exit 6',
  );
  const outcome = await sandbox.flm(["demo"]);
  assertEquals([outcome.code, outcome.stdout], [1, ""]);
  assertEquals(outcome.stderr.split("\n").length, 4);
  assertEquals(
    notices(outcome).at(-1),
    "flm: cannot install Deno (npm: network request to https://npm.example/deno failed, reason: " +
      "getaddrinfo ENOTFOUND; curl: (6) Could not resolve host: registry.npmjs.org): check the network, or see " +
      "https://docs.deno.com/runtime/getting_started/installation/",
  );
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm says so in one line when there is nothing to install Deno with", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.1.4"));
  const outcome = await sandbox.flm(["demo"]);
  assertEquals([outcome.code, outcome.stdout], [1, ""]);
  assertEquals(
    outcome.stderr,
    `flm: found only Deno 2.1.4 (${sandbox.bin}/deno), and neither npm nor curl is there to ` +
      "install it: see https://docs.deno.com/runtime/getting_started/installation/\n",
  );
});

Deno.test("flm says so when its cache folder cannot be made", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  // A file stands where the folder would go, which stops root too.
  await Deno.writeTextFile(`${sandbox.folder}/home/.cache`, "");
  const outcome = await sandbox.flm(["demo"]);
  assertEquals(outcome.code, 1);
  assertMatch(outcome.stderr, /^flm: cannot install Deno: .*\/flm is not writable; set XDG_CACHE_/);
  assertEquals(outcome.stderr.split("\n").length, 2);
  const homeless = await sandbox.sh('unset HOME; exec "$0" demo', [`${sandbox.project}/flm`]);
  assertEquals(
    homeless.stderr,
    "flm: cannot install Deno: neither XDG_CACHE_HOME nor HOME names a folder\n",
  );
});

Deno.test("flm installs no Deno when FLM_NO_INSTALL forbids it", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const outcome = await sandbox.flm(["demo"], { FLM_NO_INSTALL: "1" });
  assertEquals(outcome.code, 1);
  assertMatch(
    outcome.stderr,
    /^flm: no Deno found, .* FLM_NO_INSTALL forbids installing it: .*\n$/,
  );
  assertEquals(sandbox.calls(), []);
});

Deno.test("flm takes nothing from an installation that was killed half-way", async () => {
  for (const [signal, code] of [["KILL", 137], ["TERM", 143], ["INT", 130]] as const) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool(
      "npm",
      `${fakeNpm("half\n")}\nkill -${signal} "$LAUNCHER"\nexit 1`,
    );
    // `exec` keeps the process, so that npm's stand-in knows the launcher's number.
    const line = 'export LAUNCHER=$$; exec "$0" demo';
    const killed = await sandbox.sh(line, [`${sandbox.project}/flm`]);
    assertEquals([killed.code, killed.stdout], [code, ""]);
    assertEquals(sandbox.stages().length, signal === "KILL" ? 1 : 0);

    await sandbox.tool("npm", fakeNpm(PINNED));
    const again = await sandbox.flm(["demo"]);
    assertMatch(again.stdout, /^version 2\.9\.6\n/);
    assertEquals(sandbox.calls().length, 2);
  }
});

Deno.test("flm sweeps what killed installations left a day ago when it installs again", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const cache = `${sandbox.folder}/home/.cache/flm`;
  for (const name of ["stage.old", "stage.new"]) {
    await Deno.mkdir(`${cache}/${name}`, { recursive: true });
    await Deno.writeTextFile(`${cache}/${name}/deno`, "half");
  }
  const longAgo = new Date(Date.now() - 3 * 86_400_000);
  await Deno.utime(`${cache}/stage.old`, longAgo, longAgo);
  assertEquals((await sandbox.flm(["demo"])).code, 0);
  assertEquals(sandbox.stages(), ["stage.new"]);
});

// ---------------------------------------------------------------------------------------- Vulkan

/** The body of an `apt-get` whose `install` succeeds at the given attempt and brings the driver. */
function fakeApt(sandbox: Sandbox, attempt: number): string {
  const library = "usr/lib/x86_64-linux-gnu/libvulkan";
  return `shift 3
echo "apt-get $DEBIAN_FRONTEND $*" >>"$LOG"
[ "$1" = install ] || exit 0
echo x >>"${sandbox.folder}/attempts"
[ "$(cat "${sandbox.folder}/attempts" | tr -d '\\n')" = ${"x".repeat(attempt)} ] || {
  echo "W: something" >&2
  echo "E: Unable to locate package mesa-vulkan-drivers" >&2
  exit 100
}
cd "${sandbox.folder}/system"
mkdir -p usr/share/vulkan/icd.d
echo '{"ICD":{"library_path":"libvulkan_lvp.so"}}' >usr/share/vulkan/icd.d/lvp.json
touch ${library}.so.1 ${library}_lvp.so`;
}

Deno.test("flm is silent when a driver and the loader are there", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("apt-get", fakeApt(sandbox, 1));
  const places: Record<string, string>[] = [
    {},
    { XDG_DATA_DIRS: `/nowhere:${sandbox.folder}/system/usr/share` },
    { VK_DRIVER_FILES: `/nowhere:${sandbox.folder}/system/usr/share/vulkan/icd.d/lvp_icd.json` },
    { VK_ICD_FILENAMES: `${sandbox.folder}/system/usr/share/vulkan/icd.d` },
  ];
  for (const env of places) {
    const outcome = await sandbox.flm(["demo"], env);
    assertEquals([outcome.code, outcome.stderr], [0, ""]);
  }
  assertEquals(sandbox.calls(), []);
});

Deno.test("flm finds the loader when only ldconfig or LD_LIBRARY_PATH knows it", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.removeVulkan("loader");
  assertEquals(notices(await sandbox.flm(["demo"])).length, 1);
  await sandbox.tool("ldconfig", 'echo "	libvulkan.so.1 (libc6,x86-64) => /opt/libvulkan.so.1"');
  assertEquals(notices(await sandbox.flm(["demo"])), []);
  await sandbox.tool("ldconfig", 'echo "	libvulkan.so.12 (libc6,x86-64) => /opt/libvulkan.so.12"');
  assertEquals(notices(await sandbox.flm(["demo"])).length, 1);
  await sandbox.systemFile("opt/x y/libvulkan.so.1", "");
  const line = 'export LD_LIBRARY_PATH="/nowhere:$FLM_SYSROOT/opt/x y"; exec "$0" demo';
  assertEquals(notices(await sandbox.sh(line, [`${sandbox.project}/flm`])), []);
});

Deno.test("flm installs Mesa's driver with apt-get when it runs as root and there is none", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("id", "echo 0");
  await sandbox.tool("apt-get", fakeApt(sandbox, 1));
  await sandbox.removeVulkan();
  const outcome = await sandbox.flm(["demo"]);
  assertMatch(outcome.stdout, /<demo>\n$/);
  assertEquals(
    outcome.stderr,
    "flm: no Vulkan driver found; installing mesa-vulkan-drivers libvulkan1\n",
  );
  assertEquals(sandbox.calls(), [
    "apt-get noninteractive install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
  ]);
  assertEquals((await sandbox.flm(["demo"])).stderr, "");
});

Deno.test("flm refreshes the package lists when apt-get knows no such package yet", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("sudo", 'echo "sudo $1 $2" >>"$LOG"\nshift; exec "$@"');
  await sandbox.tool("true", "exit 0");
  await sandbox.tool("apt-get", fakeApt(sandbox, 2));
  await sandbox.removeVulkan("driver");
  const outcome = await sandbox.flm(["demo"]);
  assertEquals(notices(outcome).length, 1);
  assertEquals(sandbox.calls(), [
    "sudo -n true",
    "sudo -n env",
    "apt-get noninteractive install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
    "sudo -n env",
    "apt-get noninteractive update",
    "sudo -n env",
    "apt-get noninteractive install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
  ]);
});

Deno.test("flm goes on to the task when apt-get fails", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("id", "echo 0");
  await sandbox.tool("apt-get", fakeApt(sandbox, 9));
  await sandbox.removeVulkan();
  const outcome = await sandbox.flm(["demo"]);
  assertMatch(outcome.stdout, /<demo>\n$/);
  assertEquals(
    notices(outcome).at(-1),
    "flm: could not install it (E: Unable to locate package mesa-vulkan-drivers); try as root: " +
      "apt-get update; apt-get install mesa-vulkan-drivers libvulkan1",
  );
});

Deno.test("flm only names the package when it may not or cannot install", async () => {
  const sudo = 'echo "sudo: a password is required" >&2; exit 1';
  const cases: [Record<string, string>, Record<string, string>, string][] = [
    [{ "apt-get": "" }, {}, "apt-get install mesa-vulkan-drivers libvulkan1"],
    [{ "apt-get": "", sudo }, {}, "apt-get install mesa-vulkan-drivers libvulkan1"],
    [
      { "apt-get": "", id: "echo 0" },
      { FLM_NO_INSTALL: "1" },
      "apt-get install mesa-vulkan-drivers libvulkan1",
    ],
    [{ dnf: "", id: "echo 0" }, {}, "dnf install mesa-vulkan-drivers"],
    [{ pacman: "", id: "echo 0" }, {}, "pacman -S vulkan-swrast"],
  ];
  for (const [tools, env, advice] of cases) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("deno", fakeDeno("2.9.6"));
    for (const [name, body] of Object.entries(tools)) {
      await sandbox.tool(name, body || `echo ${name} >>"$LOG"`);
    }
    await sandbox.removeVulkan();
    const outcome = await sandbox.flm(["demo"], env);
    assertMatch(outcome.stdout, /<demo>\n$/);
    assertEquals(
      outcome.stderr,
      `flm: no Vulkan driver found; install it as root: ${advice}\n`,
    );
    assertEquals(sandbox.calls(), []);
  }
});

Deno.test("flm asks for what is missing when it is not Mesa's package", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.removeVulkan();
  assertMatch(
    (await sandbox.flm(["demo"])).stderr,
    /^flm: no Vulkan driver found; install one for your GPU, or Mesa's software driver .*\n$/,
  );
  assertMatch(
    (await sandbox.flm(["demo"], { VK_DRIVER_FILES: "/nowhere.json" })).stderr,
    /^flm: no Vulkan driver found: VK_DRIVER_FILES .*\(\/nowhere\.json\) names none.*\n$/,
  );
  await sandbox.driver({ library: false });
  await sandbox.tool("apt-get", "");
  // The driver's library from before is still there: the loader alone is missing.
  assertEquals(
    (await sandbox.flm(["demo"])).stderr,
    "flm: no Vulkan loader (libvulkan.so.1) found; install it as root: apt-get install libvulkan1\n",
  );
  await Deno.remove(`${sandbox.folder}/system/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so`);
  assertMatch((await sandbox.flm(["demo"])).stderr, /^flm: no Vulkan driver found; /);
});

Deno.test("flm asks for no Vulkan driver when the system is macOS", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("uname", 'echo "Darwin arm64"');
  await sandbox.removeVulkan();
  const outcome = await sandbox.flm(["demo"]);
  assertEquals([outcome.code, outcome.stderr], [0, ""]);
  assertStringIncludes(outcome.stdout, "runtime \n");
});

Deno.test("flm gives Mesa a private XDG_RUNTIME_DIR when there is no valid one", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const own = `${sandbox.folder}/home/.cache/flm/runtime`;
  for (const env of [{}, { XDG_RUNTIME_DIR: "/nowhere" }, { XDG_RUNTIME_DIR: "relative" }]) {
    assertStringIncludes((await sandbox.flm(["demo"], env)).stdout, `runtime ${own}\n`);
  }
  assertEquals(((await Deno.stat(own)).mode ?? 0) & 0o777, 0o700);
  const given = await sandbox.flm(["demo"], { XDG_RUNTIME_DIR: sandbox.elsewhere });
  assertStringIncludes(given.stdout, `runtime ${sandbox.elsewhere}\n`);
});

// --------------------------------------------------------------------------------------- .ci/run

Deno.test(".ci/run sums the tests and fails when one failed or none ran", async () => {
  const cases: [string, number, string][] = [
    [
      'echo "ok | 12 passed | 0 failed (3s)"; echo "ok | 3 passed (2 steps) | 0 failed | 1 ignored (9ms)"',
      0,
      "15 passed, 0 failed",
    ],
    ['echo "FAILED | 11 passed (1 step) | 2 failed (3s)" >&2; exit 1', 1, "11 passed, 2 failed"],
    ['echo "FAILED | 1 passed | 1 failed (3s)"', 1, "1 passed, 1 failed"],
    ['echo "not formatted"; exit 3', 3, "0 passed, 0 failed"],
    ['echo "ok | 0 passed | 0 failed (8ms)"', 1, "0 passed, 0 failed"],
    ['echo "a test prints: ok | 9 passed | 9 failed"; exit 0', 1, "0 passed, 0 failed"],
    ['printf "ok | 4 passed | 0 failed (1ms)"', 0, "4 passed, 0 failed"],
  ];
  await using sandbox = await Sandbox.create();
  const flm = `${sandbox.project}/flm`;
  for (const [body, code, last] of cases) {
    await Deno.writeTextFile(flm, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    const outcome = await sandbox.sh('exec "$0"', [`${sandbox.project}/.ci/run`]);
    assertEquals([outcome.code, outcome.stderr], [code, ""]);
    assert(outcome.stdout.endsWith(`\n${last}\n`), outcome.stdout);
  }
});

Deno.test(".ci/run calls the test task without colour or input from any folder", async () => {
  await using sandbox = await Sandbox.create();
  const flm = `${sandbox.project}/flm`;
  await Deno.writeTextFile(
    flm,
    '#!/bin/sh\necho "$* CI=$CI NO_COLOR=$NO_COLOR $PWD"\nread -r line || echo "no input"\n' +
      'echo "ok | 1 passed | 0 failed (1ms)"\n',
  );
  const outcome = await sandbox.sh('exec "$0"', [`${sandbox.project}/.ci/run`]);
  assertEquals(
    outcome.stdout,
    `test CI=true NO_COLOR=1 ${sandbox.project}\nno input\nok | 1 passed | 0 failed (1ms)\n` +
      "1 passed, 0 failed\n",
  );
});
