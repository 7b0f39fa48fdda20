/**
 * A sandbox in which `/bin/sh` runs the launcher `flm` and `.ci/run`: a copy of the launcher in a
 * project of its own, a PATH that holds only plain utilities and stand-ins for `deno`, `npm`,
 * `curl`, `apt-get` and the like, and an empty system folder. Nothing reaches the network, the
 * package manager or the machine's drivers.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { ROOT } from "./program.ts";

/** What a command left. */
export interface Outcome {
  /** Its exit status. */
  code: number;
  /** What it wrote to standard output. */
  stdout: string;
  /** What it wrote to standard error. */
  stderr: string;
}

/** Runs a line of shell, given `$0` and the positional arguments, in an environment of its own. */
export async function shell(
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
export function fakeDeno(version: string): string {
  return `if [ "$1" = -V ]; then echo "deno ${version}"; exit; fi
echo "version ${version}"
echo "cwd $PWD"
echo "init $INIT_CWD"
echo "command $FLM_COMMAND"
echo "lifetime $FLM_LIFETIME"
echo "runtime \${XDG_RUNTIME_DIR:-}"
echo "webgpu \${DENO_WEBGPU_BACKEND:-}"
for argument; do echo "<$argument>"; done`;
}

/**
 * The program that npm's package holds, as the launcher expects it unless a test says otherwise.
 */
export const PINNED = `#!/bin/sh\n${fakeDeno("2.9.6")}\n`;

/** The body of an `npm` that installs a program where npm's package would put it. */
export function fakeNpm(program: string): string {
  return `echo "npm $*" >>"$LOG"
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/@deno/linux-x64-glibc"
cat >"$2/node_modules/@deno/linux-x64-glibc/deno" <<'DENO'
${program}DENO`;
}

/** A `curl` that serves npm's archive of a program. */
export async function serveDeno(sandbox: Sandbox, program: string): Promise<void> {
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
export function notices(outcome: Outcome): string[] {
  return outcome.stderr.split("\n").filter((line) => line.startsWith("flm: "));
}

/** How `deno` was called, as a stand-in for it tells. */
export function callOf({ stdout }: Outcome): { cwd: string; init: string; args: string[] } {
  const line = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(stdout)![1]!;
  const args = [...stdout.matchAll(/^<(.*)>$/gm)].map(([, argument]) => argument!);
  return { cwd: line("cwd"), init: line("init"), args };
}

/** A machine of its own for one test. */
export class Sandbox implements AsyncDisposable {
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
      // No folder, so that nothing can be noted there: each start is the first.
      DENO_DIR: "/dev/null",
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
      "awk bash cat chmod cksum dirname env find gzip mkdir mktemp mv readlink rm sed " +
      "sh sha256sum tar touch tr";
    const linked = await shell(
      'for tool in $1; do ln -s "$(command -v "$tool")" "$2/$tool" || exit; done',
      ["sh", tools, sandbox.bin],
      sandbox.folder,
      { PATH: "/usr/local/bin:/usr/bin:/bin" },
    );
    assertEquals(linked, { code: 0, stdout: "", stderr: "" });
    await Deno.copyFile(`${ROOT}deno.json`, `${sandbox.project}/deno.json`);
    await Deno.copyFile(`${ROOT}deno.lock`, `${sandbox.project}/deno.lock`);
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
